// @ts-check
// Time ranges: as the address bar holds them, as people write them, as the server takes them.

import { ahead, clock, day, fine as exact, stamp } from './format.js';

/**
 * @typedef {{from: string, to: string}} Range Each side is "", RFC 3339, or (from only) "-15m": before now.
 */

const units = { m: 60e3, h: 3600e3, d: 86400e3 };

/** @type {[string, string][]} */
export const quick = [
  ['-15m', 'Last 15 minutes'], ['-1h', 'Last hour'], ['-4h', 'Last 4 hours'],
  ['-1d', 'Last 24 hours'], ['-7d', 'Last 7 days'], ['-30d', 'Last 30 days'], ['-90d', 'Last 90 days'],
];

/**
 * A side of a range in milliseconds, or undefined when it is open.
 * @param {string} side
 * @param {number} now
 */
export function moment(side, now = Date.now()) {
  const ago = /^-(\d+)([mhd])$/.exec(side);
  if (ago) return now - Number(ago[1]) * units[/** @type {'m'|'h'|'d'} */ (ago[2])];
  const t = Date.parse(side);
  return Number.isNaN(t) ? undefined : t;
}

/**
 * The range for the server; a time that cannot be read counts as open.
 * @param {Range} r
 * @param {number} now What relative times count from.
 * @returns {{from?: string, to?: string}}
 */
export function resolve(r, now = Date.now()) {
  const one = (/** @type {string} */ side) => {
    const t = moment(side, now);
    if (t === undefined) return undefined;
    return side.startsWith('-') ? new Date(t).toISOString() : side;
  };
  return { from: one(r.from), to: one(r.to) };
}

/**
 * Reads what a person wrote: "2020-05-01", "2020-05-01 07:03", "... 07:03:00.25", RFC 3339 and, if relative, "-15m", "-2h", "-3d" before now. In the zone that times are shown in, unless it says else.
 * @param {string} text
 * @param {boolean} [relative]
 * @returns {string|undefined} RFC 3339, "" for blank, undefined when it cannot be read
 */
export function read(text, relative = false) {
  const t = text.trim().replace(/^[−–]/, '-');
  if (!t || relative && /^-[1-9]\d{0,5}[mhd]$/.test(t)) return t;
  const m = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?\s*(Z|UTC|[+-]\d\d:\d\d)?$/i.exec(t);
  if (!m) return undefined;
  const at = `${m[1]}T${m[2] ?? '00:00'}:${m[3] ?? '00'}`;
  const zone = !m[4] ? here(at) : /^(z|utc)$/i.test(m[4]) ? 'Z' : m[4];
  return Number.isNaN(Date.parse(at + zone)) ? undefined : at + zone;
}

/** The zone of a time on the wall, as RFC 3339 writes it. @param {string} at */
function here(at) {
  const t = Date.parse(at + 'Z');
  if (Number.isNaN(t)) return 'Z';
  // Twice, because the first guess may lie on the other side of a change of the clocks.
  const m = ahead(t - ahead(t - ahead(t) * 60000) * 60000);
  const two = (/** @type {number} */ n) => String(Math.floor(n)).padStart(2, '0');
  return m ? `${m < 0 ? '-' : '+'}${two(Math.abs(m) / 60)}:${two(Math.abs(m) % 60)}` : 'Z';
}

// The window that the server puts at the end of a filter.
const tail = /^(.*\S)\s+and after (\S+) and before (\S+)$/s;

/**
 * A filter of sensors in two: what, and the window at its end, if it has one.
 * @param {string} filter
 * @returns {{base: string, from: string, to: string}|null}
 */
export function windowOf(filter) {
  const m = tail.exec(filter.trim());
  return m && { base: m[1], from: m[2], to: m[3] };
}

/**
 * How a side stands in an input.
 * @param {string} side
 */
export const written = (side) => {
  const t = moment(side);
  if (t === undefined) return '';
  if (side.startsWith('-')) return side;
  // What is finer than the browser's clock must not get lost.
  return side.endsWith('Z') && !ahead(t) ? side.replace('T', ' ').slice(0, -1) : (t % 1000 ? exact(t) : stamp(t)).replace('T', ' ');
};

/** Times without the clock where it is midnight, without seconds where there are none. @param {string[]} stamps */
function short(stamps) {
  const without = [' 00:00:00', ':00'].find((end) => stamps.every((s) => s.endsWith(end)));
  return stamps.map((s) => without ? s.slice(0, -without.length) : s);
}

/**
 * A range in words: the day apart, so that it can stand bold.
 * @param {Range} r
 * @returns {{day: string, text: string}}
 */
export function words(r) {
  const known = quick.find(([value]) => value === r.from && !r.to);
  if (known) return { day: '', text: known[1] };
  if (!r.from && !r.to) return { day: '', text: 'All time' };
  const from = moment(r.from);
  const to = moment(r.to);
  if (from !== undefined && to !== undefined) {
    const fine = (/** @type {number} */ t, /** @type {string} */ text) => from % 1000 || to % 1000 ? `${text}.${String(t % 1000).padStart(3, '0')}` : text;
    if (day(from) === day(to)) return { day: day(from), text: `${fine(from, clock(from))} – ${fine(to, clock(to))}` };
    return { day: '', text: short([from, to].map((t) => stamp(t))).join(' – ') };
  }
  if (from !== undefined) return { day: '', text: `since ${stamp(from)}` };
  return to !== undefined ? { day: '', text: `until ${stamp(to)}` } : { day: '', text: 'All time' };
}
