// @ts-check
// The rows of results, page by page: only those are looked at that can have changed.

import { guard } from '../../vendor/lit-html/directives/guard.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { context } from '../context.js';
import { opened } from '../opened.js';
import { pagesOf } from '../pages.js';
import { route } from '../route.js';
import { search } from '../search.js';

/** @import {Page} from '../pages.js' */
/** @import {Result} from '../search.js' */
/** @import {Entry} from '../types.js' */

/** @typedef {{page: Page, start: number, before: Entry|undefined}} Placed */

/** What an open entry shows. */
const detail = () => [opened.full, opened.bytes, opened.error, opened.line, opened.over, opened.folds, context.turn];

/**
 * @param {Result} r
 * @param {(page: unknown) => unknown} wrap What stands round the rows of a page: it is not laid out while it is out of sight.
 * @param {(e: Entry, before: Entry|undefined, i: number) => unknown} draw i: its number in all
 * @param {(p: Page) => unknown[]} [more] What else the rows of a page depend on.
 */
export function rows(r, wrap, draw, more = () => []) {
  const pages = pagesOf(r);
  let start = 0;
  /** @type {Placed[]} */
  const placed = pages.map((page, i) => {
    const p = { page, start, before: pages[i - 1]?.entries.at(-1) };
    start += page.entries.length;
    return p;
  });
  return repeat(placed, (/** @type {Placed} */ p) => p.page.id, (/** @type {Placed} */ p) => {
    const { entries } = p.page;
    const cursor = entries.some((e) => e.id === search.cursor) && search.cursor;
    const open = entries.some((e) => e.id === opened.id) && opened.id;
    const known = [entries, p.start, p.before?.id, cursor, open, route.tz, ...(open ? detail() : []), ...more(p.page)];
    return guard(known, () => wrap(repeat(entries, (/** @type {Entry} */ e) => e.id, (/** @type {Entry} */ e, /** @type {number} */ i) => draw(e, entries[i - 1] ?? p.before, p.start + i))));
  });
}
