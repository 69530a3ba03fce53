// @ts-check
// Asks for the histogram: as many bars as there is room for, where the results are.

import { api } from './api.js';

/** @import {Histogram} from './types.js' */
/** @typedef {{q: string, from?: string, to?: string}} Span */

const buckets = () => Math.max(40, Math.min(120, Math.round(innerWidth / 14)));

/** @param {Span} q @param {AbortSignal} signal */
export const countBars = (q, signal) => api.histogram({ q: q.q, from: q.from, to: q.to, buckets: buckets() }, signal);

/**
 * In all time, what was found may lie close together: the bars then show that
 * part only.
 * @param {Histogram} h Of all time.
 * @param {Span} q
 * @param {AbortSignal} signal
 * @returns {Promise<Histogram>} h itself, where that is near enough
 */
export async function closer(h, q, signal) {
  if (q.from || q.to) return h;
  for (let round = 0; round < 3 && h.total; round++) {
    const first = h.counts.findIndex((n) => n > 0);
    const last = h.counts.findLastIndex((n) => n > 0);
    if (last - first > h.counts.length / 3) break;
    const at = (/** @type {number} */ i) => Date.parse(h.from) + i * h.width_ns / 1e6;
    // Milliseconds are what a Date has: outwards, so that nothing is lost.
    const from = new Date(Math.floor(at(first))).toISOString();
    const to = new Date(Math.ceil(at(last + 1)) + 1).toISOString();
    const near = await countBars({ q: q.q, from, to }, signal);
    if (near.total !== h.total || near.width_ns >= h.width_ns) break;
    h = near;
  }
  return h;
}
