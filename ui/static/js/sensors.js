// @ts-check
// Sensors made, changed, tested and removed in the page.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { afterDraw, update } from './app.js';
import { catalog, loadSensors } from './catalog.js';
import { closeDialog, showDialog } from './overlay.js';
import { amend, route } from './route.js';
import { failed, toast } from './toasts.js';
import * as view from './views/sensorform.js';

/** @import {Sensor, SensorForm, Tested} from './types.js' */

/** What a kind of sensor is, and which members of its form count. @typedef {{kind: string, name: string, about: string, url: string, files: [string, string][], fields: (keyof typeof blank)[]}} Kind files: name and label */

const blank = { name: '', kind: 'stenographer', url: '', tag: '', pin: '', servername: '', fileage: '', queries: '', interface: '' };

/** @type {[string, string][]} */
const certificates = [['ca', 'Authority'], ['cert', "Client's certificate"], ['key', 'Its key']];

/** @type {Kind[]} */
export const kinds = [
  { kind: 'stenographer', name: 'Stenographer', about: 'A recorder that runs google/stenographer. The files are ca_cert.pem, client_cert.pem and client_key.pem of its CertPath.', url: 'https://10.1.0.9:1234', files: certificates, fields: ['pin', 'servername', 'fileage', 'queries', 'tag'] },
  { kind: 'spoor', name: 'spoor sensor', about: 'A folder of captures that spoor sensor serves.', url: 'https://10.1.0.9:1234', files: certificates, fields: ['pin', 'servername', 'queries', 'tag'] },
  { kind: 'ssh', name: 'Host by SSH', about: 'Captures from now on with the tcpdump of a host.', url: 'ssh://spoor@10.1.0.20:22', files: [['key', 'Private key'], ['knownhosts', 'Known hosts']], fields: ['interface', 'queries', 'tag'] },
  { kind: 'folder', name: 'Folder on this machine', about: '', url: '', files: [], fields: [] },
];

/** What a test of each sensor brought; null while it goes on. @type {Map<string, Tested|null>} */
export const tests = new Map();

export const draft = {
  /** The sensor that is changed; "": a new one. */
  id: '',
  version: 0,
  form: { ...blank },
  /** Names of the files that are stored. @type {string[]} */
  has: [],
  /** Files that were chosen, or written. @type {Record<string, {text: string, label: string}>} */
  files: {},
  error: '',
  field: '',
  conflict: false,
  /** @type {Tested|null} */
  tested: null,
  testing: false,
  saving: false,
};

const asking = latest();
const maxFile = 256 << 10; // bytes that the server takes of a file

export const kind = () => kinds.find((k) => k.kind === draft.form.kind) ?? kinds[0];

/** Asks a sensor how it is. @param {Sensor} s */
export async function test(s) {
  if (tests.get(s.id) === null) return;
  tests.set(s.id, null);
  update();
  try {
    const t = await api.testSensor(s.id);
    tests.set(s.id, t);
    announce(`${s.name}: ${t.message}`);
  } catch (e) {
    tests.delete(s.id);
    failed(e);
  }
  void loadSensors();
}

/** @param {string} id */
export function forgetTest(id) {
  tests.delete(id);
  update();
}

/** Opens the form of a sensor, or of a new one. @param {string} id */
export async function openSensor(id) {
  const back = document.activeElement;
  Object.assign(draft, { id, version: 0, form: { ...blank }, has: [], files: {}, error: '', field: '', conflict: false, tested: null, testing: false, saving: false });
  if (id) {
    try {
      read(await api.sensor(id));
    } catch (e) {
      return failed(e);
    }
  }
  showDialog(view.render, { id: 'sensor-form', labelledby: 'sensor-title', back, closed: () => asking.stop() });
}

/** @param {Sensor & SensorForm} s */
function read(s) {
  const text = (/** @type {keyof typeof blank} */ k) => String(s[k] ?? '');
  Object.assign(draft, { version: s.version ?? 0, has: Array.isArray(s.files) ? s.files : [] });
  for (const k of /** @type {(keyof typeof blank)[]} */ (Object.keys(blank))) draft.form[k] = text(k);
  if (draft.form.queries === '0') draft.form.queries = '';
}

/** Opens the form that the address asks for. */
export function openAsked() {
  if (route.id !== 'new') return;
  amend({ id: '' });
  void openSensor('');
}

/** @param {keyof typeof blank} field @param {string} text */
export function edit(field, text) {
  draft.form[field] = text;
  Object.assign(draft, { error: '', field: '', tested: null });
  update();
}

/** Takes a file that was chosen, and looks at once whether all fit. @param {string} name @param {File|undefined} file */
export async function chooseFile(name, file) {
  if (!file) return;
  if (file.size > maxFile) return problem(name, `${file.name} has ${file.size} bytes: that is no PEM file of one`);
  give(name, await file.text(), file.name);
  if (ready()) await tryIt();
}

/** @param {string} name @param {string} text @param {string} [label] */
export function give(name, text, label = '') {
  if (text) draft.files[name] = { text, label };
  else delete draft.files[name];
  Object.assign(draft, { error: '', field: '', tested: null });
  update();
}

/** Whether all is there that a sensor needs. */
const ready = () => Boolean(draft.form.name.trim() && draft.form.url.trim()) && kind().files.every(([f]) => draft.files[f] || draft.has.includes(f));

/** @param {string} field @param {string} error */
function problem(field, error) {
  Object.assign(draft, { field, error });
  announce(error);
  afterDraw(() => /** @type {HTMLElement|null} */ (document.querySelector(`#sensor-form #sensor-${field || 'name'}`))?.focus());
}

/** @returns {SensorForm} */
function body() {
  const { form, files, id, version } = draft;
  const k = kind();
  /** @type {SensorForm} */
  const out = { name: form.name.trim(), kind: k.kind, url: form.url.trim() };
  if (id) Object.assign(out, { id, version });
  for (const f of k.fields) if (form[f].trim()) Object.assign(out, { [f]: f === 'queries' ? Number(form[f]) : form[f].trim() });
  out.files = Object.fromEntries(k.files.flatMap(([f]) => files[f] ? [[f, files[f].text]] : []));
  return out;
}

/** @param {unknown} e */
function refused(e) {
  if (aborted(e)) return;
  const err = asError(e);
  draft.conflict = err.status === 409 && draft.id !== '';
  problem(err.field ?? '', err.message);
}

/** Whether what was written can be sent at all. */
function sound() {
  const n = draft.form.queries.trim();
  if (n && !/^([1-9]|1[0-6])$/.test(n)) return problem('queries', 'A number from 1 to 16');
  return true;
}

/** Asks the sensor as it is written, without keeping it. */
export async function tryIt() {
  if (draft.testing || !sound()) return;
  Object.assign(draft, { testing: true, tested: null, error: '', field: '' });
  update();
  try {
    draft.tested = await asking.run((signal) => api.trySensor(body(), signal));
    announce(draft.tested.message);
  } catch (e) {
    refused(e);
  }
  draft.testing = false;
  update();
}

export async function save() {
  if (draft.saving || !sound()) return;
  draft.saving = true;
  update();
  try {
    const s = await api.putSensor(body());
    closeDialog();
    toast('ok', `${s.name} is ${draft.id ? 'changed' : 'added'}.`);
    tests.delete(s.id);
    await loadSensors();
  } catch (e) {
    refused(e);
  }
  draft.saving = false;
  update();
}

/** Takes the stored sensor, and drops what was written. */
export async function reread() {
  try {
    read(await api.sensor(draft.id));
    Object.assign(draft, { files: {}, error: '', field: '', conflict: false, tested: null });
  } catch (e) {
    refused(e);
  }
  update();
}

export async function remove() {
  const { id, version, form } = draft;
  closeDialog();
  try {
    await api.deleteSensor(id, version);
    catalog.sensors = catalog.sensors?.filter((s) => s.id !== id) ?? null;
    toast('ok', `${form.name} is deleted. Its packets stay.`);
  } catch (e) {
    failed(e);
  }
  await loadSensors();
}
