// @ts-check
// The time range: what the picker holds while it is open, and the ranges before.

import { focusOn, update } from './app.js';
import { setLocal } from './format.js';
import { go, route } from './route.js';
import { ask, search } from './search.js';
import { moment, read, written } from './times.js';

/** @import {Range} from './times.js' */

export const picker = {
  open: false,
  from: '',
  to: '',
  error: '',
  /** @type {Range[]} The ranges before this one, for the way back. */
  past: [],
};

/** @param {boolean} open */
export function togglePicker(open) {
  Object.assign(picker, { open, error: '', from: written(route.from), to: written(route.to) });
  if (open) focusOn('#time-panel button, #time-panel input');
  update();
}

/** The query as it is written now, run or not. */
const draft = () => {
  const el = document.getElementById('q');
  return el instanceof HTMLTextAreaElement ? el.value.trim() : route.q;
};

/** Searches in another range. @param {Range} r */
export function setRange(r) {
  picker.open = false;
  picker.past = [...picker.past, { from: route.from, to: route.to }].slice(-50);
  ask(draft(), r);
}

/** Shows all times in UTC, or in the zone of the browser. @param {string} tz "" or local */
export function setZone(tz) {
  setLocal(tz === 'local');
  search.asked = '';
  picker.open = false;
  go({ ...route, tz });
  focusOn('#time');
}

/** Back to the range before. */
export function rangeBack() {
  const r = picker.past.at(-1);
  if (!r) return;
  picker.past = picker.past.slice(0, -1);
  ask(draft(), r);
}

/** Takes what was written. */
export function writeRange() {
  const [from, to] = [read(picker.from, true), read(picker.to, true)];
  if (from === undefined || to === undefined) {
    picker.error = `${from === undefined ? 'From' : 'To'} cannot be read: write 2020-05-01 07:03:00, or -2h for two hours ago`;
    focusOn(from === undefined ? '#time-from' : '#time-to');
  } else if (from && to && (moment(from) ?? 0) >= (moment(to) ?? 0)) {
    picker.error = 'From is not before to';
    focusOn('#time-from');
  } else setRange({ from, to });
  update();
}
