// @ts-check
// The time range: what the picker holds while it is open, and the ranges before.

import { focusOn, update } from './app.js';
import { route } from './route.js';
import { ask } from './search.js';
import { read, written } from './times.js';

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

/** Back to the range before. */
export function rangeBack() {
  const r = picker.past.at(-1);
  if (!r) return;
  picker.past = picker.past.slice(0, -1);
  ask(draft(), r);
}

/** Takes what was written. */
export function writeRange() {
  const [from, to] = [read(picker.from), read(picker.to)];
  if (from === undefined || to === undefined) {
    picker.error = `${from === undefined ? 'From' : 'To'} cannot be read: write 2020-05-01 07:03:00`;
    focusOn(from === undefined ? '#time-from' : '#time-to');
  } else if (from && to && Date.parse(from) >= Date.parse(to)) {
    picker.error = 'From is not before to';
    focusOn('#time-from');
  } else setRange({ from, to });
  update();
}
