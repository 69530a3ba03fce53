// @ts-check
// The part of the histogram that is chosen, by pointer or by key.

import { update } from './app.js';
import { setRange } from './picker.js';
import { question, search } from './search.js';
import { moment } from './times.js';

export const brush = {
  /** @type {{a: number, b: number}|null} The first and last bucket. */
  chosen: null,
  /** The bucket under the pointer or the cursor; -1: none. */
  at: -1,
};

/** A bucket's start in milliseconds. @param {number} i */
export function startOf(i) {
  const h = search.histogram;
  return h ? Date.parse(h.from) + i * h.width_ns / 1e6 : 0;
}

/** RFC 3339 with what the milliseconds have. @param {number} t */
const rfc = (t) => new Date(t).toISOString().replace('.000Z', 'Z');

/** Searches in what is chosen. */
export function zoom() {
  if (!brush.chosen) return;
  const { a, b } = brush.chosen;
  clear();
  // The first and the last bar may begin and end outside of the range.
  const { from, to } = question();
  const [start, end] = [startOf(a), startOf(b + 1)];
  setRange({
    from: from && (moment(from) ?? start) > start ? from : rfc(start),
    to: to && (moment(to) ?? end) < end ? to : rfc(end),
  });
}

export function clear() {
  brush.chosen = null;
  brush.at = -1;
  update();
}

/** Results in what is chosen. @param {{a: number, b: number}} c */
export const inside = (c) => (search.histogram?.counts ?? []).slice(c.a, c.b + 1).reduce((n, x) => n + x, 0);

/** @param {PointerEvent} e */
function bucket(e) {
  const n = search.histogram?.counts.length ?? 0;
  const r = /** @type {Element} */ (e.currentTarget).getBoundingClientRect();
  return Math.max(0, Math.min(n - 1, Math.floor((e.clientX - r.left) / r.width * n)));
}

let from = -1;

/** @param {PointerEvent} e */
export function down(e) {
  if (e.button !== 0) return;
  from = bucket(e);
  brush.chosen = null;
  /** @type {Element} */ (e.currentTarget).setPointerCapture(e.pointerId);
  update();
}

/** @param {PointerEvent} e */
export function moved(e) {
  const i = bucket(e);
  if (from >= 0 && i !== from || brush.chosen && from >= 0) brush.chosen = { a: Math.min(from, i), b: Math.max(from, i) };
  if (brush.at === i && from < 0) return;
  brush.at = i;
  update();
}

/** A click without a way chooses its own bucket. */
export function up() {
  if (from >= 0 && !brush.chosen) brush.chosen = { a: from, b: from };
  from = -1;
  update();
}

export function left() {
  if (from >= 0) return;
  brush.at = -1;
  update();
}

/** Arrows move, with Shift they choose, Enter zooms in. @param {KeyboardEvent} e */
export function key(e) {
  const n = search.histogram?.counts.length ?? 0;
  const by = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10, Home: -n, End: n }[e.key];
  if (e.key === 'Enter' && brush.chosen) zoom();
  else if (e.key === 'Enter' && brush.at >= 0) brush.chosen = { a: brush.at, b: brush.at };
  else if (by !== undefined) {
    const was = Math.max(0, brush.at);
    brush.at = Math.max(0, Math.min(n - 1, brush.at < 0 && by > 0 ? 0 : was + by));
    if (e.shiftKey) {
      const c = brush.chosen ?? { a: was, b: was };
      brush.chosen = c.b === was ? order(c.a, brush.at) : order(c.b, brush.at);
    } else brush.chosen = null;
  } else return;
  e.preventDefault();
  update();
}

/** @param {number} x @param {number} y */
const order = (x, y) => ({ a: Math.min(x, y), b: Math.max(x, y) });
