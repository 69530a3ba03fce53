// @ts-check
// How the draft does on stored entries or on pasted text, and what its actions make of a match.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { focusOn, update } from './app.js';
import { editor, look } from './editor.js';
import { plural } from './format.js';
import { literal } from './query.js';

/** @import {Action, Expansion, Segment, TestAnswer} from './types.js' */

/** @typedef {{entry: string, at: number, value: string}} Chosen at: which of the matches that are shown */
/** @typedef {{expansion?: Expansion, error?: string, column?: number}} Preview */

export const trial = {
  /** lines or text */
  on: 'lines',
  q: '',
  last: 1000,
  text: '10.0.1.5 asked 8.8.8.8 for www.example.com\nfe80::1527:0:0:1 answered 192.168.0.4:8080',
  running: false,
  /** @type {TestAnswer|null} */
  result: null,
  /** Of each trigger that was run, its place in the draft. @type {number[]} */
  places: [],
  error: '',
  /** @type {Chosen|null} */
  chosen: null,
  /** By place of the action; absent while it is asked for. @type {Map<number, Preview>} */
  previews: new Map(),
};

const testing = latest();
const previewing = latest();
const atOnce = 32; // of a draft's 64 actions

/** Matches that can be chosen, in order. @typedef {{entry: string, value: string}} Shown */

/** @param {Segment[]} segments */
const valuesIn = (segments) => segments.flatMap((s) => s.a?.length ? [s.a[0].value] : []);

/** @returns {Shown[]} */
export function matches() {
  const r = trial.result;
  if (!r) return [];
  if (trial.on === 'text') return valuesIn(r.segments ?? []).map((value) => ({ entry: '', value }));
  return (r.samples ?? []).flatMap((s) => valuesIn(s.segments).map((value) => ({ entry: s.id, value })));
}

/** What was asked last: a changed name needs no further look at lines. */
let asked = '';
/** The query that a word asked for. */
let ofWord = '';

/** Forgets what was found; a word asks for lines that have it. @param {string} word */
export function reset(word) {
  Object.assign(trial, { result: null, chosen: null, places: [], previews: new Map() });
  asked = '';
  if (trial.q === ofWord) trial.q = '';
  ofWord = word && literal(word);
  if (word) Object.assign(trial, { on: 'lines', q: ofWord });
}

/** Changes what is tested on. @param {Partial<typeof trial>} to */
export function set(to) {
  asked = '';
  Object.assign(trial, to);
  if (to.on) Object.assign(trial, { result: null, chosen: null });
  look();
  update();
}

/** Tries the triggers that can be read, then shows what the actions do. */
export async function run() {
  const d = editor.draft;
  if (!d) return;
  const wrong = new Set(editor.faults.map((f) => f.trigger));
  const places = d.triggers.map((_, i) => i).filter((i) => d.triggers[i].pattern && !d.triggers[i].disabled && !wrong.has(i));
  // Pasted text is no line: what a condition asks of lines can't be met there.
  const asks = trial.on === 'text' ? d.when?.address ? { address: d.when.address } : undefined : d.when;
  const when = editor.faults.some((f) => f.action === undefined && f.field.startsWith('when')) ? undefined : asks;
  const on = trial.on === 'text' ? { text: trial.text } : { q: trial.q, last: trial.last };
  const body = { triggers: places.map((i) => d.triggers[i]), when, ...on };
  const now = JSON.stringify([places, body]);
  if (now === asked && trial.result) {
    testing.stop();
    trial.running = false;
    return preview();
  }
  trial.running = true;
  update();
  try {
    trial.result = await testing.run((signal) => api.test(body, signal));
    asked = now;
    Object.assign(trial, { places, error: '' });
    announce(`${plural(trial.result.hits, 'hit')}`);
  } catch (e) {
    if (aborted(e)) return;
    Object.assign(trial, { error: asError(e).message, result: null });
  }
  trial.running = false;
  keepChosen();
  update();
  void preview();
}

/** The chosen match stays as long as it is there, else it is the first. */
function keepChosen() {
  const all = matches();
  const was = trial.chosen;
  let at = was ? all.findIndex((m) => m.entry === was.entry && m.value === was.value) : -1;
  if (was && all[was.at]?.entry === was.entry && all[was.at]?.value === was.value) at = was.at;
  if (at < 0) at = 0;
  trial.chosen = all[at] ? { ...all[at], at } : null;
}

/** @param {number} at Which of the matches. @param {boolean} [focus] */
export function choose(at, focus = false) {
  const m = matches()[at];
  if (!m) return;
  trial.chosen = { ...m, at };
  if (focus) focusOn('#test-found .hit[tabindex="0"]');
  void preview();
  update();
}

/** Fills the actions in for the chosen match. */
async function preview() {
  const [d, m] = [editor.draft, trial.chosen];
  if (!d || !m) {
    previewing.stop();
    trial.previews = new Map();
    return update();
  }
  /** @type {typeof trial.previews} */
  const found = new Map();
  try {
    await previewing.run((signal) => Promise.all(d.actions.slice(0, atOnce).map(async (a, i) => {
      if (a.kind !== 'kept' && !a.disabled) found.set(i, await filled(a, m, signal));
    })));
  } catch (e) {
    if (!aborted(e)) trial.error = asError(e).message;
    return update();
  }
  trial.previews = found;
  update();
}

/** @param {Action} a @param {Chosen} m @param {AbortSignal} signal @returns {Promise<Preview>} */
async function filled(a, m, signal) {
  try {
    return { expansion: await api.preview({ action: a, value: m.value, entry: m.entry || undefined }, signal) };
  } catch (e) {
    if (aborted(e)) throw e;
    return { error: asError(e).message.replace(/^action ".*?": /s, '') };
  }
}
