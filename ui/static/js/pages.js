// @ts-check
// Results in pages, so that a move of the cursor looks at two pages and not at
// thousands of rows, and what is out of sight is a hundred things to the
// browser and not five thousand.

/** @import {Result} from './search.js' */
/** @import {Entry} from './types.js' */
/** @typedef {{id: number, entries: Entry[]}} Page It keeps its number as long as one of its rows stays. */

export const pageRows = 50;
let last = 0;

/** @param {Entry[]} entries @returns {Page[]} */
function sliced(entries) {
  const out = [];
  for (let i = 0; i < entries.length; i += pageRows) out.push({ id: ++last, entries: entries.slice(i, i + pageRows) });
  return out;
}

/** @type {WeakMap<Result, {entries: Entry[], pages: Page[]}>} */
const known = new WeakMap();

/**
 * The pages of a result. What comes in front or at the end, or goes at the
 * end, leaves the other pages as they are.
 * @param {Result} r
 * @returns {Page[]}
 */
export function pagesOf(r) {
  const k = known.get(r);
  if (k?.entries === r.entries) return k.pages;
  const fresh = k?.entries.length ? r.entries.indexOf(k.entries[0]) : -1;
  const pages = k && fresh >= 0 ? ended(fronted(k.pages, r.entries.slice(0, fresh)), r.entries) : sliced(r.entries);
  known.set(r, { entries: r.entries, pages });
  return pages;
}

/** @param {Page[]} pages @param {Entry[]} fresh */
function fronted(pages, fresh) {
  const [first, ...rest] = pages;
  if (!fresh.length) return pages;
  if (first.entries.length + fresh.length > pageRows) return [...sliced(fresh), ...pages];
  return [{ id: first.id, entries: [...fresh, ...first.entries] }, ...rest];
}

/** @param {Page[]} pages @param {Entry[]} all */
function ended(pages, all) {
  const have = pages.reduce((n, p) => n + p.entries.length, 0);
  if (have <= all.length) return [...pages, ...sliced(all.slice(have))];
  const out = [];
  let left = all.length;
  for (const p of pages) {
    if (left <= 0) break;
    out.push(p.entries.length <= left ? p : { id: p.id, entries: p.entries.slice(0, left) });
    left -= p.entries.length;
  }
  return out;
}
