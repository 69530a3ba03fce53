// @ts-check
// Asks for the histogram: as many round bars as there is room for, where the results are.

import { api } from './api.js';
import { scale } from './scale.js';
import { moment } from './times.js';

/** @import {Entry, Histogram} from './types.js' */
/** @import {Span} from './scale.js' */

/** @typedef {{q: string, from?: string, to?: string, order: string}} Question */

const room = () => Math.max(40, Math.min(120, Math.round(innerWidth / 12)));

/** @param {number} t */
const rfc = (t) => new Date(t).toISOString();

/**
 * The times of the oldest and the newest result, as the server wrote them.
 * @param {Question} q
 * @param {Entry[]} entries The first page.
 * @param {boolean} more There are others.
 * @param {AbortSignal} signal
 */
async function ends(q, entries, more, signal) {
  const near = entries[0].time;
  const order = q.order === 'oldest' ? 'newest' : 'oldest';
  const rest = more ? (await api.search({ ...q, order, limit: 1 }, signal)).entries ?? [] : entries;
  const far = rest.at(-1)?.time ?? near;
  return q.order === 'oldest' ? { oldest: near, newest: far } : { oldest: far, newest: near };
}

/**
 * Counts the results over time. Bars begin at round times; where the range
 * does not, its first and last bar are counted apart, so that nothing outside
 * of it is in them.
 * @param {Question} q
 * @param {Entry[]} entries The first page, not empty.
 * @param {{more: boolean, relative: boolean, packets: boolean, signal: AbortSignal}} o relative: the range ends now
 * @returns {Promise<Histogram>}
 */
export async function countBars(q, entries, { more, relative, packets, signal }) {
  const { oldest, newest } = q.from && q.to ? { oldest: q.from, newest: q.to } : await ends(q, entries, more, signal);
  const last = q.to ? moment(q.to) ?? 0 : Math.max(Date.parse(newest) + 1, relative ? Date.now() : 0);
  const first = moment(q.from || oldest) ?? 0;
  /** @type {Span} */
  const span = { from: first, to: Math.max(first + 1, last), fromOpen: !q.from, toOpen: !q.to, packets };
  const { from, width, n } = scale(span, room());
  const to = from + n * width;
  const head = Boolean(q.from) && from < first;
  const tail = Boolean(q.to) && to > last;
  const part = (/** @type {string|undefined} */ a, /** @type {string|undefined} */ b, /** @type {number} */ buckets) => api.histogram({ q: q.q, from: a, to: b, buckets }, signal);
  if (n === 1) return joined(from, width, [await part(head ? q.from : rfc(from), tail ? q.to : rfc(to), 1)], [1]);
  const [a, b] = [from + (head ? width : 0), to - (tail ? width : 0)];
  const middle = (b - a) / width;
  const sizes = [head ? 1 : 0, middle, tail ? 1 : 0];
  const parts = await Promise.all([
    head ? part(q.from, rfc(a), 1) : null,
    middle ? part(rfc(a), rfc(b), middle) : null,
    tail ? part(rfc(b), q.to, 1) : null,
  ]);
  return joined(from, width, parts, sizes);
}

/**
 * One histogram of its parts.
 * @param {number} from
 * @param {number} width
 * @param {(Histogram|null)[]} parts
 * @param {number[]} sizes Bars of each.
 * @returns {Histogram}
 */
function joined(from, width, parts, sizes) {
  // A part without anything stored in it has no bars at all.
  const counts = parts.flatMap((h, i) => Array.from({ length: sizes[i] }, (_, j) => h?.counts?.[j] ?? 0));
  const total = parts.reduce((sum, h) => sum + (h?.total ?? 0), 0);
  return { from: rfc(from), to: rfc(from + counts.length * width), width_ns: width * 1e6, counts, total };
}
