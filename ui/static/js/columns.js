// @ts-check
// The columns of the table: in the address, by default, how wide, and what stands in a cell.

/** @import {Entry, Segment} from './types.js' */
/** @typedef {{name: string, width: number}} Column width in pixels; 0: as wide as what is in it. */

export const narrowest = 48;
export const widest = 1200;
const looked = 200; // entries that widths and defaults are taken from
const most = 8; // columns besides the time that nobody chose

/** "id.orig_h,tag:120" @param {string} text @returns {Column[]} */
export function parseColumns(text) {
  const seen = new Set();
  return text.split(',').flatMap((part) => {
    const [escaped, width] = part.split(':');
    const name = unescape(escaped);
    if (!name || seen.has(name)) return [];
    seen.add(name);
    return [{ name, width: width ? Math.min(widest, Math.max(narrowest, Math.round(Number(width)) || 0)) : 0 }];
  });
}

/** @param {string} text */
function unescape(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // an address that somebody wrote by hand
  }
}

/** @param {Column[]} columns */
export const printColumns = (columns) => columns.map((c) => encodeURIComponent(c.name) + (c.width ? `:${c.width}` : '')).join(',');

// The time has a column already, and what a shipper puts before its own names says little.
const dull = /^([@_].*|ts|time|timestamp|datetime|date)$/i;

/**
 * The columns when nobody chose any: the tag, and the fields that most of the
 * entries have, in the order of their lines.
 * @param {Entry[]} entries
 * @returns {Column[]}
 */
export function defaultColumns(entries) {
  /** @type {Map<string, {n: number, at: number}>} */
  const seen = new Map();
  for (const e of entries.slice(0, looked)) {
    Object.keys(e.fields ?? {}).forEach((name, at) => {
      if (dull.test(name)) return;
      const s = seen.get(name) ?? { n: 0, at: 0 };
      seen.set(name, { n: s.n + 1, at: s.at + at });
    });
  }
  const chosen = [...seen].sort((a, b) => b[1].n - a[1].n || a[1].at / a[1].n - b[1].at / b[1].n).slice(0, most);
  const names = chosen.sort((a, b) => a[1].at / a[1].n - b[1].at / b[1].n).map(([name]) => name);
  return ['tag', ...names.filter((n) => n !== 'tag')].map((name) => ({ name, width: 0 }));
}

/** @param {Entry} e */
export const isJSON = (e) => e.format === 'json' || e.format === 'zeek-json';

/** @type {WeakMap<Entry, Map<string, Segment[]>>} */
const cells = new WeakMap();

/**
 * What stands in a cell, with its marks and menus; empty when the entry has no such field.
 * @param {Entry} e
 * @param {string} name
 * @returns {Segment[]}
 */
export function cell(e, name) {
  if (name === 'tag') return [{ t: e.tag }];
  if (name === 'src') return e.source ? [{ t: String(e.source) }] : [];
  let all = cells.get(e);
  if (!all) cells.set(e, all = locate(e));
  return all.get(name) ?? [];
}

/** Every field of an entry, cut as its line is. Fields come in the order of the line, so each is looked for behind the one before. @param {Entry} e */
function locate(e) {
  /** @type {Map<string, Segment[]>} */
  const out = new Map();
  const cut = cutter(e.segments);
  let at = 0;
  for (const [name, value] of Object.entries(e.fields ?? {})) {
    const key = isJSON(e) ? keyAt(e.raw, name, at) : -1;
    let from = key >= 0 ? key : at;
    /** @type {Segment[]} */
    const pieces = [];
    for (const v of Array.isArray(value) ? value : [value]) {
      const i = v ? valueAt(e, v, from, key >= 0) : -1;
      if (pieces.length) pieces.push({ t: ', ' });
      if (i < 0) pieces.push({ t: v });
      else {
        pieces.push(...cut(i, i + v.length));
        at = from = i + v.length;
      }
    }
    if (pieces.some((p) => p.t)) out.set(name, pieces);
  }
  return out;
}

/** Where the value of a key of JSON may begin; -1 when the key is not to be seen. @param {string} raw @param {string} name @param {number} at */
function keyAt(raw, name, at) {
  for (const key of [name, name.slice(name.lastIndexOf('.') + 1)]) {
    const i = raw.indexOf(`"${key}":`, at);
    if (i >= 0) return i + key.length + 3;
  }
  return -1;
}

const wordy = /[0-9A-Za-z_\u0080-\uffff]/;

/** Where a value stands in the line; -1 when it is written otherwise there. @param {Entry} e @param {string} v @param {number} from @param {boolean} keyed */
function valueAt(e, v, from, keyed) {
  const { raw } = e;
  let i = raw.indexOf(v, from);
  // Behind its key a value of JSON stands at once, or it is escaped.
  if (keyed) return i >= 0 && /^[\s"[,]*$/.test(raw.slice(from, i)) ? i : -1;
  const tsv = e.format === 'zeek-tsv';
  for (let tries = 0; i >= 0 && tries < 50; i = raw.indexOf(v, i + 1), tries++) {
    const [before, after] = [raw[i - 1] ?? '\t', raw[i + v.length] ?? '\t'];
    if (tsv ? /[\t,]/.test(before) && /[\t,]/.test(after) : !(wordy.test(v[0]) && wordy.test(before)) && !(wordy.test(v[v.length - 1]) && wordy.test(after))) return i;
  }
  return -1;
}

/** Cuts segments at offsets that grow, without starting again each time. @param {Segment[]} segments */
function cutter(segments) {
  let k = 0;
  let at = 0; // where segment k begins
  return (/** @type {number} */ from, /** @type {number} */ to) => {
    if (at > from) k = at = 0;
    while (k < segments.length && at + segments[k].t.length <= from) at += segments[k++].t.length;
    /** @type {Segment[]} */
    const out = [];
    for (let j = k, start = at; j < segments.length && start < to; start += segments[j++].t.length) {
      const s = segments[j];
      out.push({ ...s, t: s.t.slice(Math.max(0, from - start), to - start) });
    }
    return out;
  };
}

/** @param {Segment[]} s */
export const textOf = (s) => s.length === 1 ? s[0].t : s.map((p) => p.t).join('');

const number = /^-?\d[\d,]*(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * How a column looks: its width in letters, whether numbers are all that is
 * in it, and whether a mark in it would say nothing because every cell has one.
 * @typedef {{letters: number, numeric: boolean, marked: boolean}} Look
 */

/** @param {Entry[]} entries @param {string} name @returns {Look} */
export function look(entries, name) {
  let letters = 4;
  let [values, numbers, marks] = [0, 0, 0];
  const some = entries.slice(0, looked);
  for (const e of some) {
    const c = cell(e, name);
    const text = textOf(c);
    if (!text) continue;
    values++;
    if (number.test(text)) numbers++;
    if (c.some((s) => s.m)) marks++;
    letters = Math.max(letters, text.length);
  }
  // A column of one row has nothing to compare with.
  const marked = some.length > 1 && marks === some.length && entries.every((e) => cell(e, name).some((s) => s.m));
  return { letters: Math.min(44, Math.max(letters, name.length + 2)), numeric: values > 0 && numbers === values, marked };
}
