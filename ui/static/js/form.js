// @ts-check
// The fleet form: what is asked of the sensors, and what would come of it, while it is written.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { afterDraw, update } from './app.js';
import { catalog, loadSensors } from './catalog.js';
import { clock, count, fraction } from './format.js';
import { upsert } from './live.js';
import { closeDialog, showDialog } from './overlay.js';
import { person, remember } from './person.js';
import { amend, route } from './route.js';
import { read, resolve, windowOf } from './times.js';
import * as view from './views/fleetform.js';

/** @import {ApiError} from './api.js' */
/** @import {Entry, Expansion, Job, JobForm, Pivot, Pivots, Preview, SensorPreview, Source} from './types.js' */

const blank = {
  title: '',
  /** The line that it came from, in words. */
  line: '',
  entry: '',
  /** The line's time, in milliseconds; 0: none. */
  time: 0,
  filter: '',
  /** The window, RFC 3339; "": open. */
  from: '',
  to: '',
  /** @type {{message: string, column?: number}|null} */
  filterError: null,
  /** What was written as a window that can't be read. @type {{from: string, to: string}|null} */
  written: null,
  windowError: '',
  /** What the line suggests. @type {Pivots|null} */
  pivots: null,
  /** What all sensors have of it. @type {Preview|null} */
  all: null,
  /** What would come of asking the chosen ones. @type {Preview|null} */
  picked: null,
  /** @type {Set<string>} */
  chosen: new Set(),
  /** Sensors were chosen by hand. */
  touched: false,
  findSensor: '',
  /** Jobs that have brought such packets. @type {Job[]} */
  earlier: [],
  /** @type {Source[]} */
  sources: [],
  source: '',
  sourceError: '',
  reuse: false,
  name: '',
  packets: '1,000,000',
  megabytes: '500',
  minutes: '15',
  /** Bytes of each packet that live sensors capture. */
  snap: '',
  limitError: '',
  who: '',
  reason: '',
  sending: false,
  problem: '',
};

export const form = { ...blank };

const checking = latest();
const reading = latest();
const pause = 150; // ms after the last key
const calm = 1000; // ms between looks when sensors say something new
let timer = 0;
let open = false;
/** The sensors that the action asked for. @type {string[]} */
let asked = [];

/**
 * Opens the form.
 * @param {{title: string, filter: string, entry: Entry|null, back?: Element|null, wanted?: Expansion, source?: string}} o wanted: the sensors and limits that an action names
 */
export function openForm({ title, filter, entry, back, wanted, source }) {
  const w = windowOf(filter);
  Object.assign(form, blank, {
    title, source: source ?? '', chosen: new Set(), who: person(),
    filter: w?.base ?? filter, from: w?.from ?? '', to: w?.to ?? '',
    entry: entry?.id ?? '',
    time: entry ? Date.parse(entry.time) : 0,
    line: entry ? `${entry.tag} at ${clock(entry.time)}.${fraction(entry.time, 3)}` : '',
    ...(wanted?.max_packets ? { packets: count(wanted.max_packets) } : {}),
    ...(wanted?.max_bytes ? { megabytes: count(Math.ceil(wanted.max_bytes / 1e6)) } : {}),
  });
  asked = wanted?.sensors ?? [];
  open = true;
  showDialog(view.render, { id: 'fleet-form', labelledby: 'form-title', back, closed });
  void look();
  void load();
  if (!filter) afterDraw(() => focus('filter'));
}

/** Opens the form that the address asks for: /packetfleet/ leads here. */
export function openAsked() {
  if (!route.ask && !route.src) return;
  const { ask, src } = route;
  amend({ ask: '', src: '' });
  openForm({ title: 'Fetch packets', filter: ask, entry: null, source: src });
}

function closed() {
  open = false;
  clearTimeout(timer);
  checking.stop();
  reading.stop();
}

/** @param {string} id */
const focus = (id) => /** @type {HTMLElement|null} */ (document.querySelector(`#fleet-form #${id}`))?.focus();

async function load() {
  const pivots = form.entry ? reading.run((signal) => api.pivots(form.entry, signal)) : null;
  pivots?.then((p) => { form.pivots = p; update(); }, () => { /* the form works without */ });
  try {
    const { next, sources } = await api.sources();
    form.sources = sources ?? [];
    form.source ||= String(next);
  } catch (e) {
    form.problem = asError(e).message;
  }
  update();
}

/** Looks again once the keys rest. @param {number} [ms] */
function lookSoon(ms = pause) {
  clearTimeout(timer);
  timer = setTimeout(() => void look(), ms);
  update();
}

// A sensor has said something new: what it has is shown as it is now.
document.addEventListener('spoor:sensor', () => { if (open && !form.filterError) lookSoon(calm); });

/** @param {string} text */
export function setFilter(text) {
  Object.assign(form, { filter: text, filterError: null, problem: '', earlier: [] });
  lookSoon();
}

/** What is sent. @param {string[]} [sensors] @returns {JobForm} */
const body = (sensors) => ({
  query: form.filter.trim(),
  ...(form.from ? { from: form.from } : {}), ...(form.to ? { to: form.to } : {}),
  ...(sensors ? { sensors } : {}),
  max_packets: whole(form.packets) ?? 0, max_bytes: (whole(form.megabytes) ?? 0) * 1e6, max_seconds: (whole(form.minutes) ?? 0) * 60,
  snap: whole(form.snap) ?? 0,
});

const empty = () => !form.filter.trim() && !form.from && !form.to;

/** Asks what would come of it. */
async function look() {
  clearTimeout(timer);
  if (empty()) {
    checking.stop();
    Object.assign(form, { all: null, picked: null, filterError: null });
    return update();
  }
  try {
    await checking.run(async (signal) => {
      if (!catalog.sensors) await loadSensors();
      if (catalog.sensors?.length === 0) return void await checkAlone(signal);
      form.all = await api.previewJob(body(), signal, 0);
      Object.assign(form, { filterError: null, limitError: '', windowError: '' });
      choose();
      update();
      if (form.chosen.size) form.picked = await api.previewJob(body([...form.chosen]), signal);
      else form.picked = null;
      update();
      if (!form.all.sensors.some((s) => s.has === 'all')) await findEarlier(form.all, signal);
    });
  } catch (e) {
    if (aborted(e)) return;
    form.picked = null;
    wrong(asError(e));
  }
  update();
}

/** Without sensors there is only the filter to look at. @param {AbortSignal} signal */
async function checkAlone(signal) {
  if (form.filter.trim()) await api.filter(form.filter.trim(), signal);
  Object.assign(form, { all: null, picked: null, filterError: null });
}

/** Chosen are those that can have it, unless a person or an action chose. */
function choose() {
  const all = form.all?.sensors ?? [];
  if (form.touched) return;
  const named = all.filter((s) => asked.includes(s.sensor));
  const can = all.filter((s) => s.has !== 'none' && !s.error && !isLive(s.sensor));
  const some = named.length ? named : can.length ? can : all.filter((s) => !s.error && !isLive(s.sensor));
  form.chosen = new Set(some.map((s) => s.sensor));
}

/** Whether a sensor has nothing old. @param {string} id */
export const isLive = (id) => catalog.sensors?.find((s) => s.id === id)?.kind === 'ssh';

/** @param {string} query */
const baseOf = (query) => windowOf(query)?.base ?? query;

/** Packets that are gone on the sensors may have been fetched before. @param {Preview} p @param {AbortSignal} signal */
async function findEarlier(p, signal) {
  const base = baseOf(p.query);
  const { jobs } = await api.jobs({ q: base, state: 'done', limit: 50 }, signal);
  const overlaps = (/** @type {Job} */ j) => !(j.from && p.to && j.from >= p.to) && !(j.to && p.from && j.to <= p.from);
  form.earlier = (jobs ?? []).filter((j) => j.packets && baseOf(j.query) === base && overlaps(j)).slice(0, 3);
  update();
}

/** Shows an error at what it is about; says which field that is. @param {ApiError} err @returns {string} */
function wrong(err) {
  if (err.column) {
    // Columns count from the text that was sent; the input may begin with blanks.
    const lead = [...form.filter].length - [...form.filter.trimStart()].length;
    form.filterError = { message: err.reason, column: err.column + lead };
    announce(err.message);
    return 'filter';
  }
  if (err.field === 'from' || err.field === 'to') {
    form.windowError = err.message;
    return 'window-from';
  }
  if (err.field?.startsWith('max_') || err.field === 'snap') {
    form.limitError = err.message.replace(/^\w+: /, '');
    return { max_packets: 'packets', max_bytes: 'megabytes', max_seconds: 'minutes', snap: 'snap' }[err.field] ?? 'packets';
  }
  if (err.field === 'sensors') form.all = null; // none is there: the sensors' part of the form says so
  else form.problem = err.message;
  return '';
}

/** @param {string} from @param {string} to RFC 3339 */
export function setWindow(from, to) {
  Object.assign(form, { from, to, written: null, windowError: '', earlier: [] });
  lookSoon(0);
}

/** Takes what was written as the window's sides. @param {string} from @param {string} to */
export function writeWindow(from, to) {
  const [a, b] = [read(from), read(to)];
  form.written = { from, to };
  form.windowError = '';
  if (a === undefined || b === undefined) form.windowError = `${a === undefined ? 'From' : 'To'} can't be read: write 2020-05-01 07:03:00`;
  else if (a && b && Date.parse(a) >= Date.parse(b)) form.windowError = 'From is not before to';
  else return setWindow(a, b);
  update();
}

/** Whole seconds, outwards. @param {number} ms @param {(n: number) => number} round */
const side = (ms, round) => new Date(round(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');

/** The window so many seconds around what the line tells of. @param {number} seconds */
export function around(seconds) {
  const [a, b] = form.pivots ? [Date.parse(form.pivots.from), Date.parse(form.pivots.to)] : [form.time, form.time];
  return { from: side(a - seconds * 1000, Math.floor), to: side(b + seconds * 1000, (n) => Math.floor(n) + 1) };
}

/** The search's own range, when it has two sides. */
export function wholeSearch() {
  const { from, to } = resolve(route);
  return form.entry && route.view === 'search' && from && to ? { from, to } : null;
}

/** Takes a filter that the line suggests. @param {Pivot} p */
export function take(p) {
  if (!form.from && !form.to) Object.assign(form, { from: p.from, to: p.to });
  setFilter(p.filter);
}

/** @param {(s: SensorPreview) => boolean} which */
export function pick(which) {
  form.chosen = new Set((form.all?.sensors ?? []).filter(which).map((s) => s.sensor));
  form.touched = true;
  lookSoon();
}

/** @param {string} id */
export function turn(id) {
  if (!form.chosen.delete(id)) form.chosen.add(id);
  form.touched = true;
  lookSoon();
}

/** Asks those that capture from now on instead: of the past nothing is left. */
export function recordNow() {
  Object.assign(form, { from: '', to: '', written: null });
  pick((s) => isLive(s.sensor));
}

/** The entries that have the number already. */
export const used = () => form.sources.find((s) => String(s.source) === form.source.trim());

/** @param {string} text @returns {number|undefined} undefined when it is no whole number above 0 */
const whole = (text) => {
  const t = text.replace(/[,\s_]/g, '');
  return /^[1-9]\d{0,15}$/.test(t) ? Number(t) : undefined;
};

/** @returns {string} the id of the first field that is wrong, or "" */
function check() {
  if (form.filterError) return 'filter';
  if (empty()) {
    form.filterError = { message: 'A filter or a window is needed: host 8.8.8.8' };
    return 'filter';
  }
  if (form.windowError) return 'window-from';
  const n = whole(form.source);
  form.sourceError = n === undefined || n > 0xffffffff ? 'A number from 1 to 4294967295' : used() && !form.reuse ? 'In use: take another number, or tick “Add to them”' : '';
  if (form.sourceError) return 'source';
  const bad = /** @type {const} */ (['packets', 'megabytes', 'minutes']).find((f) => whole(form[f]) === undefined) ?? (form.snap.trim() && whole(form.snap) === undefined ? 'snap' : '');
  if (bad) form.limitError = 'Limits are whole numbers above 0';
  if (bad) return bad;
  if (form.chosen.size) return '';
  form.problem = catalog.sensors?.length ? 'Choose at least one sensor.' : 'There is no sensor to ask.';
  return 'sensors';
}

/** Sends the job, or takes the focus to what is wrong. */
export async function submit() {
  if (form.sending) return;
  form.problem = '';
  const bad = check();
  if (bad) return point(bad);
  form.sending = true;
  update();
  try {
    const job = await api.submit({
      ...body([...form.chosen]),
      source: whole(form.source), name: form.name.trim(), who: form.who.trim(), reason: form.reason.trim(), entry: form.entry,
      reuse: form.reuse,
      again: Boolean(form.picked?.same_job), // the form says so
    });
    remember(form.who.trim());
    upsert(job);
    closeDialog();
    announce(`Job ${job.id} started, source ${job.source}`);
  } catch (e) {
    refused(asError(e));
  } finally {
    form.sending = false;
    update();
  }
}

/** @param {ApiError} err */
function refused(err) {
  if (err.status !== 409) return point(wrong(err));
  if (err.same) {
    form.picked = { ...(form.picked ?? { query: '', sensors: [] }), same_job: err.same };
    return point('same-job a');
  }
  form.sourceError = err.message;
  point('source');
}

/** @param {string} id */
const point = (id) => { if (id) afterDraw(() => focus(id)); };
