// @ts-check
// The fleet form: what is asked of the sensors, checked while it is written.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { afterDraw, update } from './app.js';
import { clock, count, fraction, stamp } from './format.js';
import { live, upsert } from './live.js';
import { closeDialog, showDialog } from './overlay.js';
import { amend, route } from './route.js';
import { read, windowOf } from './times.js';
import * as view from './views/fleetform.js';

/** @import {Entry, Expansion, Sensor, Source} from './types.js' */

const blank = {
  title: '',
  /** The line that it came from, in words. */
  from: '',
  entry: '',
  /** The line's time, in milliseconds; 0: none. */
  time: 0,
  filter: '',
  canonical: '',
  /** @type {{message: string, column?: number}|null} */
  filterError: null,
  /** What was written as a window that is not complete yet. @type {{from: string, to: string}|null} */
  written: null,
  windowError: '',
  /** @type {Sensor[]|null} null while they are asked for */
  sensors: null,
  sensorsError: '',
  /** @type {Set<string>} */
  chosen: new Set(),
  /** @type {Source[]} */
  sources: [],
  source: '',
  sourceError: '',
  reuse: false,
  name: '',
  packets: '1,000,000',
  megabytes: '500',
  limitError: '',
  reason: '',
  sending: false,
  problem: '',
};

export const form = { ...blank };

const checking = latest();
const pause = 120; // ms after the last key
let timer = 0;
/** The sensors that the action asked for. @type {string[]} */
let asked = [];

/**
 * Opens the form.
 * @param {{title: string, filter: string, entry: Entry|null, back?: Element|null, wanted?: Expansion, source?: string}} o wanted: the sensors and limits that an action names
 */
export function openForm({ title, filter, entry, back, wanted, source }) {
  Object.assign(form, blank, {
    title, filter, source: source ?? '', chosen: new Set(),
    entry: entry?.id ?? '',
    time: entry ? Date.parse(entry.time) : 0,
    from: entry ? `${entry.tag} at ${clock(entry.time)}.${fraction(entry.time, 3)}` : '',
    ...(wanted?.max_packets ? { packets: count(wanted.max_packets) } : {}),
    ...(wanted?.max_bytes ? { megabytes: String(wanted.max_bytes / 1e6) } : {}),
  });
  asked = wanted?.sensors ?? [];
  showDialog(view.render, { id: 'fleet-form', labelledby: 'form-title', back, closed: () => checking.stop() });
  void check();
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

/** @param {string} id */
const focus = (id) => document.getElementById(id)?.focus();

async function load() {
  try {
    const [{ sensors }, { next, sources }] = await Promise.all([api.sensors(), api.sources()]);
    form.sensors = sensors ?? [];
    const ids = form.sensors.map((s) => s.id);
    const named = ids.filter((s) => asked.includes(s));
    form.chosen = new Set(named.length ? named : ids);
    form.sources = sources ?? [];
    form.source ||= String(next);
  } catch (e) {
    form.sensors = [];
    form.sensorsError = asError(e).message;
  }
  update();
}

/** Changes the filter, and checks it once the keys rest. @param {string} text */
export function setFilter(text) {
  form.filter = text;
  form.filterError = null;
  form.problem = '';
  clearTimeout(timer);
  timer = setTimeout(() => void check(), pause);
  update();
}

/** @returns {Promise<boolean>} whether the filter can be sent */
async function check() {
  clearTimeout(timer);
  const text = form.filter.trim();
  if (!text) {
    checking.stop();
    Object.assign(form, { canonical: '', filterError: null });
    update();
    return false;
  }
  try {
    form.canonical = (await checking.run((signal) => api.filter(text, signal))).canonical;
    form.filterError = null;
    update();
    return true;
  } catch (e) {
    if (aborted(e)) return false;
    const err = asError(e);
    // Columns count from the text that was sent; the input may begin with blanks.
    const lead = form.filter.length - form.filter.trimStart().length;
    form.canonical = '';
    form.filterError = { message: err.column ? err.reason : err.message, column: err.column && err.column + lead };
    announce(err.message);
    update();
    return false;
  }
}

/** The window at the end of the filter, if it has one. */
export const timeWindow = () => windowOf(form.filter);

/** @param {string} from @param {string} to RFC 3339 */
function setWindow(from, to) {
  const text = form.filter.trim();
  const base = windowOf(text)?.base ?? (/\bor\b|\|\|/.test(text) ? `(${text})` : text);
  form.windowError = '';
  form.written = null;
  setFilter(base ? `${base} and after ${from} and before ${to}` : `after ${from} and before ${to}`);
}

/** Takes what was written as the window's sides. @param {string} from @param {string} to */
export function writeWindow(from, to) {
  const [a, b] = [read(from), read(to)];
  form.written = { from, to };
  form.windowError = '';
  if (a === undefined || b === undefined) form.windowError = `${a === undefined ? 'From' : 'To'} cannot be read: write 2020-05-01 07:03:00`;
  else if (a && b && Date.parse(a) >= Date.parse(b)) form.windowError = 'From is not before to';
  else if (a && b) return setWindow(a, b);
  update();
}

/** Minutes before and after the line's time. @param {number} minutes */
export function around(minutes) {
  const side = (/** @type {number} */ t) => stamp(t).replace(' ', 'T') + 'Z';
  setWindow(side(form.time - minutes * 60e3), side(Math.ceil(form.time / 1000) * 1000 + minutes * 60e3));
}

/** A job that has brought the same packets already. */
export const before = () => live.jobs.find((j) => j.state === 'done' && j.packets && j.query === form.canonical && [...form.chosen].every((id) => j.sensors?.some((s) => s.sensor === id && s.state === 'done' && !s.limit)));

/** The entries that have the number already. */
export const used = () => form.sources.find((s) => String(s.source) === form.source.trim());

/** @param {string} text @returns {number|undefined} undefined when it is no whole number above 0 */
const whole = (text) => {
  const t = text.replace(/[,\s_]/g, '');
  return /^[1-9]\d{0,15}$/.test(t) ? Number(t) : undefined;
};

/** @returns {string} the id of the first field that is wrong, or "" */
function wrong() {
  const n = whole(form.source);
  form.sourceError = n === undefined || n > 0xffffffff ? 'A number from 1 to 4294967295' : used() && !form.reuse ? 'In use: take another number, or tick “Add to them”' : '';
  form.limitError = whole(form.packets) === undefined || whole(form.megabytes) === undefined ? 'Limits are whole numbers above 0' : '';
  if (form.sourceError) return 'source';
  if (form.limitError) return 'packets';
  return form.chosen.size ? '' : 'sensors';
}

/** Sends the job, or takes the focus to what is wrong. */
export async function submit() {
  if (form.sending) return;
  form.problem = '';
  if (!await check()) {
    if (!form.filter.trim()) form.filterError = { message: 'A filter is needed: host 8.8.8.8' };
    return point('filter');
  }
  const bad = wrong();
  if (bad === 'sensors') form.problem = form.sensors?.length ? 'Choose at least one sensor.' : 'There is no sensor to ask.';
  if (bad) return point(bad);
  form.sending = true;
  update();
  try {
    const job = await api.submit({
      query: form.filter.trim(),
      source: whole(form.source),
      sensors: [...form.chosen],
      reason: form.reason.trim(),
      name: form.name.trim(),
      entry: form.entry,
      max_packets: whole(form.packets),
      max_bytes: (whole(form.megabytes) ?? 0) * 1e6,
      reuse: form.reuse,
      again: true, // the form has said so already when an equal job was just run
    });
    upsert(job);
    closeDialog();
    announce(`Job ${job.id} started, source ${job.source}`);
  } catch (e) {
    const err = asError(e);
    if (err.status === 409) {
      form.sourceError = err.message;
      point('source');
    } else if (err.column) {
      form.filterError = { message: err.reason, column: err.column };
      point('filter');
    } else form.problem = err.message;
  } finally {
    form.sending = false;
    update();
  }
}

/** @param {string} id */
const point = (id) => afterDraw(() => focus(id));
