// @ts-check
// Which part of the results is on screen, for the mark below the histogram.

import { update } from './app.js';
import { search } from './search.js';

/** In milliseconds; 0: not known. */
export const seen = { from: 0, to: 0 };

let due = 0;

/** The entries of the first and the last row that can be seen. */
function look() {
  due = 0;
  const pane = document.querySelector('#results, #packets-list');
  const all = search.result?.entries ?? [];
  if (!pane || !all.length) return;
  const box = pane.getBoundingClientRect();
  const at = (/** @type {number} */ y) => document.elementFromPoint(box.left + 60, y)?.closest('[data-entry]')?.getAttribute('data-entry');
  const ids = [at(box.top + 40), at(box.bottom - 8)];
  const times = ids.map((id) => all.find((e) => e.id === id)?.time).map((t) => t ? Date.parse(t) : NaN);
  const [a, b] = [times[0] || Date.parse(all[0].time), times[1] || Date.parse(all[all.length - 1].time)];
  const [from, to] = [Math.min(a, b), Math.max(a, b)];
  if (from === seen.from && to === seen.to) return;
  Object.assign(seen, { from, to });
  update();
}

/** Looks again soon, once. */
export function lookSoon() {
  if (!due) due = setTimeout(look, 100);
}

document.addEventListener('scroll', (e) => {
  if (e.target instanceof Element && e.target.querySelector('[data-entry]')) lookSoon();
}, { capture: true, passive: true });
