// @ts-check
// The table of results: its columns in the address; moved, sized and left out by pointer and by key.

import { afterDraw, focusOn, update } from './app.js';
import { announce } from './announce.js';
import { defaultColumns, look, narrowest, parseColumns, printColumns, widest } from './columns.js';
import { amend, route } from './route.js';
import { search } from './search.js';

/** @import {Column, Look} from './columns.js' */
/** @import {Result} from './search.js' */

export const table = {
  /** The menu of columns is open. */
  menu: false,
  find: '',
  /** The column that is being sized, and how wide it is now. */
  sized: { name: '', width: 0 },
  /** The column that is being moved, and the place where it would go. */
  moved: { name: '', to: -1 },
};

export const isTable = () => route.show === 'table';

/** @type {WeakMap<Result, Column[]>} */
const defaults = new WeakMap();
/** @type {WeakMap<Result, Map<string, {n: number, look: Look}>>} */
const looks = new WeakMap();

/** The columns beside the time. @param {Result} r @returns {Column[]} */
export function columns(r) {
  if (route.columns) return parseColumns(route.columns);
  let d = defaults.get(r);
  if (!d) defaults.set(r, d = defaultColumns(r.entries));
  return d;
}

/** How a column looks; its width stays what the first page gave it. @param {Result} r @param {string} name @returns {Look} */
export function looking(r, name) {
  let all = looks.get(r);
  if (!all) looks.set(r, all = new Map());
  const known = all.get(name);
  if (known && known.n === r.entries.length) return known.look;
  const now = look(r.entries, name);
  if (known) Object.assign(now, { letters: known.look.letters, numeric: known.look.numeric });
  all.set(name, { n: r.entries.length, look: now });
  return now;
}

/** @param {Column[]} to */
function setColumns(to) {
  amend({ columns: printColumns(to) });
  update();
}

const now = () => search.result ? columns(search.result) : [];

/** @param {string} name */
export const isColumn = (name) => isTable() && now().some((c) => c.name === name);

/** Adds or leaves out a column; the table is shown. @param {string} name @param {boolean} [on] */
export function toggleColumn(name, on = !isColumn(name)) {
  const rest = now().filter((c) => c.name !== name);
  if (on) amend({ show: 'table' });
  setColumns(on ? [...rest, { name, width: 0 }] : rest);
  announce(on ? `${name} is a column` : `${name} is no column`);
}

/** @param {string} name @param {number} to Its place among all. */
function place(name, to) {
  const all = now();
  const i = all.findIndex((c) => c.name === name);
  if (i < 0 || to < 0 || to >= all.length || to === i) return;
  setColumns(all.toSpliced(i, 1).toSpliced(to, 0, all[i]));
  announce(`${name} is column ${to + 1} of ${all.length}`);
}

/** @param {string} name @param {number} width */
function size(name, width) {
  const w = Math.min(widest, Math.max(narrowest, Math.round(width)));
  setColumns(now().map((c) => c.name === name ? { ...c, width: w } : c));
}

/** @param {string} name @returns {HTMLElement|null} */
const head = (name) => document.querySelector(`#results th[data-column="${CSS.escape(name)}"]`);

/** Keys of a column's head. @param {KeyboardEvent} e */
export function headKey(e) {
  const th = e.target instanceof Element ? e.target.closest('th') : null;
  if (!th || e.ctrlKey || e.metaKey || e.altKey) return;
  const name = th.getAttribute('data-column') ?? '';
  const by = { ArrowLeft: -1, ArrowRight: 1 }[e.key];
  const i = now().findIndex((c) => c.name === name);
  if (by && e.shiftKey && name) {
    place(name, i + by);
    focusHead(name);
  } else if (by) {
    const next = by > 0 ? th.nextElementSibling : th.previousElementSibling;
    next?.querySelector('button')?.focus();
  } else if (name && (e.key === '+' || e.key === '-')) size(name, th.offsetWidth + (e.key === '+' ? 16 : -16));
  else if (name && (e.key === 'Delete' || e.key === 'Backspace')) leaveOut(name);
  else return;
  e.preventDefault();
  e.stopPropagation();
}

/** @param {string} name */
const focusHead = (name) => afterDraw(() => head(name)?.querySelector('button')?.focus());

/** Leaves out a column; the focus goes to its neighbour. @param {string} name */
export function leaveOut(name) {
  const all = now();
  const i = all.findIndex((c) => c.name === name);
  toggleColumn(name, false);
  const next = all[i + 1] ?? all[i - 1];
  if (next) focusHead(next.name);
  else focusOn('#results th button');
}

/** Starts to size a column. @param {PointerEvent} e */
export function gripDown(e) {
  const grip = /** @type {HTMLElement} */ (e.currentTarget);
  const th = grip.closest('th');
  const name = th?.getAttribute('data-column');
  if (!th || !name || e.button !== 0) return;
  e.preventDefault();
  e.stopPropagation();
  const [x, width] = [e.clientX, th.offsetWidth];
  const move = (/** @type {PointerEvent} */ m) => {
    table.sized = { name, width: Math.min(widest, Math.max(narrowest, Math.round(width + m.clientX - x))) };
    update();
  };
  dragging(grip, e.pointerId, move, (done) => {
    const w = table.sized.width;
    table.sized = { name: '', width: 0 };
    if (done && w) size(name, w);
    update();
  });
}

/** Starts to move a column. @param {PointerEvent} e */
export function headDown(e) {
  const button = /** @type {HTMLElement} */ (e.currentTarget);
  const th = button.closest('th');
  const name = th?.getAttribute('data-column');
  if (!th || !name || e.button !== 0) return;
  const from = e.clientX;
  const move = (/** @type {PointerEvent} */ m) => {
    if (!table.moved.name && Math.abs(m.clientX - from) < 6) return;
    const all = [...th.parentElement?.querySelectorAll('th[data-column]') ?? []];
    const to = all.findIndex((x) => m.clientX < x.getBoundingClientRect().right);
    table.moved = { name, to: to < 0 ? all.length - 1 : to };
    update();
  };
  dragging(button, e.pointerId, move, (done) => {
    const { name: column, to } = table.moved;
    table.moved = { name: '', to: -1 };
    if (done && column) place(column, to);
    update();
  });
}

/**
 * Follows the pointer until it is let go or Esc is pressed.
 * @param {HTMLElement} el
 * @param {number} pointer
 * @param {(e: PointerEvent) => void} move
 * @param {(done: boolean) => void} end
 */
function dragging(el, pointer, move, end) {
  const stop = new AbortController();
  const { signal } = stop;
  const finish = (/** @type {boolean} */ done) => {
    stop.abort();
    end(done);
  };
  el.setPointerCapture(pointer);
  el.addEventListener('pointermove', move, { signal });
  el.addEventListener('pointerup', () => finish(true), { signal });
  el.addEventListener('pointercancel', () => finish(false), { signal });
  addEventListener('keydown', (e) => {
    if (e.key !== 'Escape') return;
    e.preventDefault();
    e.stopPropagation();
    finish(false);
  }, { signal, capture: true });
}

/** @param {boolean} open */
export function toggleMenu(open) {
  Object.assign(table, { menu: open, find: '' });
  focusOn(open ? '#columns-find' : '#columns');
  update();
}

/** The width of all columns for CSS: those that nobody sized as wide as their letters. @param {Column[]} cols @param {(name: string) => Look} looks */
export function widths(cols, looks) {
  const px = 17; // padding and border of a cell
  const one = (/** @type {Column} */ c) => {
    const w = table.sized.name === c.name ? table.sized.width : c.width;
    return w ? `${w}px` : `calc(${looks(c.name).letters}ch + ${px}px)`;
  };
  const all = ['calc(12ch + 44px)', ...cols.map(one)];
  return `--cols: ${all.join(' ')} minmax(0, 1fr); --wide: calc(${all.join(' + ')})`;
}
