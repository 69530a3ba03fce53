// @ts-check
// The table that pipes made: how it is sorted and drawn, and the search behind each of its rows.

import { announce } from './announce.js';
import { afterDraw, update } from './app.js';
import { count, plural, stamp } from './format.js';
import { onKey } from './keys.js';
import { beforePipe } from './query.js';
import { go, href, route } from './route.js';
import { search } from './search.js';

/** @import {Table, TableCell, TableColumn, TableRow} from './types.js' */

export const pipes = {
  /** What the rest belongs to. @type {Table|null} */
  of: null,
  /** The column that rows are sorted by; -1: as they came. */
  by: -1,
  descending: false,
  /** The row that the cursor is on. */
  row: 0,
  /** How a timechart is drawn. */
  kind: 'bars',
  log: false,
  /** Series that are not drawn. @type {Set<number>} */
  hidden: new Set(),
  /** The step of a timechart under the pointer or the cursor; -1: none. */
  at: -1,
  /** What bars and series are of, where several things were counted. */
  measure: '',
};

/** Begins with a table that is new. @param {Table} t */
export function begin(t) {
  if (pipes.of === t) return;
  const same = pipes.of?.columns.map((c) => c.name).join('\n') === t.columns.map((c) => c.name).join('\n');
  Object.assign(pipes, { of: t, row: 0, at: -1 });
  if (!same) Object.assign(pipes, { by: -1, descending: false, hidden: new Set(), measure: '' });
}

/** "chart" or "table": a timechart is drawn, other tables only when somebody wants it. @param {Table} t */
export function shape(t) {
  if (t.kind === 'entries' || !measures(t).length) return 'table';
  if (route.show === 'chart' || route.show === 'table') return route.show;
  return t.kind === 'timechart' ? 'chart' : 'table';
}

/** The columns of numbers. @param {Table} t @returns {number[]} */
export const measures = (t) => t.columns.flatMap((c, i) => c.type === 'number' && (c.role === 'agg' || c.role === 'series') ? [i] : []);

/** What a column of numbers is of: bytes do not stand on counts. @param {TableColumn} c */
export const kindOf = (c) => c.role === 'series' && c.func ? c.func + (c.field && c.func !== 'count' ? `(${c.field})` : '') : c.name;

/** The kinds of numbers that there are, of which one is drawn. @param {Table} t */
export const kinds = (t) => [...new Set(measures(t).map((i) => kindOf(t.columns[i])))];

/** The kind that is drawn. @param {Table} t */
export function measure(t) {
  const all = kinds(t);
  return all.includes(pipes.measure) ? pipes.measure : all[0];
}

/** The columns that are drawn. @param {Table} t @returns {number[]} */
export const series = (t) => measures(t).filter((i) => kindOf(t.columns[i]) === measure(t));

/** The name of a series where the kind is known. @param {Table} t @param {TableColumn} c */
export const seriesName = (t, c) => kinds(t).length > 1 && c.name.endsWith(`: ${kindOf(c)}`) ? c.name.slice(0, -kindOf(c).length - 2) : c.name;

/** @type {WeakMap<Table, {by: number, descending: boolean, rows: TableRow[]}>} */
const sorted = new WeakMap();

/** The rows as they are sorted now. @param {Table} t @returns {TableRow[]} */
export function rows(t) {
  const { by, descending } = pipes;
  if (by < 0) return t.rows;
  const k = sorted.get(t);
  if (k && k.by === by && k.descending === descending) return k.rows;
  const sign = descending ? -1 : 1;
  // What is missing comes last, whichever way.
  const out = t.rows.toSorted((a, b) => {
    const [x, y] = [a.cells[by] ?? null, b.cells[by] ?? null];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return sign * compare(x, y);
  });
  sorted.set(t, { by, descending, rows: out });
  return out;
}

const letters = new Intl.Collator('en', { numeric: true });

/** @param {TableCell} a @param {TableCell} b */
const compare = (a, b) => typeof a === 'number' && typeof b === 'number' ? a - b : letters.compare(String(a), String(b));

/** Sorts by a column: numbers from the greatest, texts from the first; then the other way; then as they came. @param {Table} t @param {number} i */
export function sortBy(t, i) {
  const first = t.columns[i].type === 'number';
  if (pipes.by !== i) Object.assign(pipes, { by: i, descending: first });
  else if (pipes.descending === first) pipes.descending = !first;
  else pipes.by = -1;
  pipes.row = 0;
  announce(pipes.by < 0 ? 'Sorted as they came' : `Sorted by ${t.columns[i].name}, ${pipes.descending ? 'greatest' : 'least'} first`);
  update();
}

const decimals = new Intl.NumberFormat('en-US', { maximumFractionDigits: 6 });

/** A cell as text. @param {TableCell} v @param {TableColumn} c @returns {string} "" where there is nothing */
export function written(v, c) {
  if (v === null || v === undefined) return '';
  if (Array.isArray(v)) return v.map((x) => x ?? '').join(', ');
  if (typeof v === 'number') return c.func === 'percent' ? `${v.toFixed(2)}` : decimals.format(v);
  if (c.type === 'time' && typeof v === 'string') return instant(v);
  return String(v);
}

/** A time with no more of its second than it has. @param {string} v */
function instant(v) {
  const fraction = /\.(\d+)/.exec(v)?.[1].replace(/0+$/, '');
  return (stamp(v) || v) + (fraction ? `.${fraction}` : '');
}

/**
 * The address of the entries behind a row, or behind one of its cells; "" when there is no query for them.
 * @param {Table} t
 * @param {TableRow} r
 * @param {TableColumn} [c] A series of a timechart.
 */
export function pivot(t, r, c) {
  const range = { from: r.from || route.from, to: r.to || route.to };
  if (r.id) return href({ entry: r.id, q: beforePipe(route.q) });
  const q = c ? c.query : r.query ?? (t.kind === 'timechart' ? beforePipe(route.q) : undefined);
  return q === undefined ? '' : href({ q, ...range, ...route.columns && { columns: route.columns } });
}

/** Shows it otherwise. @param {Partial<typeof pipes>} part */
export function draw(part) {
  Object.assign(pipes, part);
  update();
}

/** Puts the cursor on a row. @param {number} i */
export function pointRow(i) {
  if (pipes.row === i) return;
  pipes.row = i;
  update();
}

/** @param {number} by */
function step(by) {
  const t = pipes.of;
  if (!t) return;
  const inside = document.activeElement?.closest('#results [data-row]');
  const to = inside ? Math.max(0, Math.min(rows(t).length - 1, pipes.row + by)) : pipes.row;
  pipes.row = to;
  afterDraw(() => {
    const el = /** @type {HTMLElement|null} */ (document.querySelector(`#results [data-row="${to}"]`));
    el?.focus({ preventScroll: true });
    el?.scrollIntoView({ block: 'nearest' });
  });
}

/** Opens the entries behind the row of the cursor. */
function openRow() {
  const t = pipes.of;
  const r = t && rows(t)[pipes.row];
  const to = r && pivot(t, r);
  if (to) go(to);
}

/** What there is, in a sentence. @param {Table} t @param {number} total Entries that went into it. */
export function says(t, total) {
  const of = ` of ${plural(total, 'result')}`;
  if (t.kind === 'timechart') return { what: plural(series(t).length, 'series', 'series'), of: `${of}, ${plural(t.rows.length, 'step')}` };
  return { what: plural(t.total_rows, 'row'), of: of + (t.cut ? `, the first ${count(t.rows.length)} are here` : '') };
}

onKey((key, e) => {
  if (route.view !== 'search' || !search.result?.table || search.result.table !== pipes.of) return false;
  if (key === 'j' || key === 'k') {
    step(key === 'j' ? 1 : -1);
    return true;
  }
  if (key === 'Enter' && e.target instanceof Element && e.target.matches('#results [data-row]')) {
    openRow();
    return true;
  }
  return false;
});

document.addEventListener('focusin', (e) => {
  const el = e.target instanceof Element ? e.target.closest('#results [data-row]') : null;
  if (el) pointRow(Number(el.getAttribute('data-row')));
});
