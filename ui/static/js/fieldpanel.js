// @ts-check
// The panel of fields: what the results have in common, from a sample or counted exactly.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { afterDraw, focusOn, update } from './app.js';
import { count } from './format.js';
import { onKey } from './keys.js';
import { beforePipe, entryTerm, exclude, valueTerm, include } from './query.js';
import { route } from './route.js';
import { ask, search } from './search.js';
import { isColumn, toggleColumn } from './table.js';
import { resolve } from './times.js';

/** @import {Result} from './search.js' */
/** @import {FieldFound, FieldsFound, TopValues} from './types.js' */

const narrow = matchMedia('(max-width: 1000px)');
const topValues = 5;
const moreValues = 50;

export const panel = {
  /** The drawer is open; beside wide results the panel needs none. */
  drawer: false,
  /** @type {FieldsFound|null} */
  found: null,
  /** The results that it is of. @type {Result|null} */
  of: null,
  loading: false,
  exact: false,
  error: '',
  find: '',
  /** @type {Set<string>} Fields whose values are shown; kept from search to search. */
  open: new Set(['tag']),
  /** @type {Map<string, TopValues|string>} All values of a field, or why there are none. */
  more: new Map(),
  /** The row that is the tab stop: a field, or a field and its value. */
  cursor: '',
  /** Counts the changes. */
  turn: 0,
};

const now = latest();
const tops = latest();

/** Whether the results want a drawer: there is no room, or they are packets. @param {Result|null} [r] */
export const drawerOnly = (r = search.result) => narrow.matches || Boolean(r?.packets) || Boolean(route.entry);

/** Whether the drawer is open. */
export const fieldsShown = () => panel.drawer && drawerOnly();

/** Whether the panel is to be seen. @param {Result} r */
export const panelShown = (r) => !route.entry && (!drawerOnly(r) || panel.drawer);

function changed() {
  panel.turn++;
  update();
}

/** Called after every drawing: results that are new get their fields. */
export function sync() {
  const r = search.result;
  if (!r || search.stale || search.running || route.view !== 'search' || !panelShown(r) || panel.of === r) return;
  Object.assign(panel, { of: r, exact: false });
  void load();
}

/** The question without pipes: the fields of what goes into them. */
const asked = () => ({ q: beforePipe(route.q), ...resolve(route), frozen: route.frozen });

async function load() {
  Object.assign(panel, { loading: true, error: '', more: new Map() });
  changed();
  await now.run(async (signal) => {
    try {
      panel.found = await api.fields({ ...asked(), top: topValues, ...panel.exact && { exact: 1 } }, signal);
      if (panel.exact) announce(`${count(panel.found.fields.length)} fields, counted exactly`);
    } catch (e) {
      if (aborted(e)) return;
      panel.error = asError(e).message;
    }
    panel.loading = false;
    changed();
  });
}

/** Counts in all results instead of in a sample. */
export function countAll() {
  panel.exact = true;
  void load();
}

/** Asks again after a failure. */
export const again = () => void load();

/** The fields that the search in the panel leaves. @returns {FieldFound[]} */
export function fields() {
  const find = panel.find.trim().toLowerCase();
  return (panel.found?.fields ?? []).filter((f) => !find || f.name.toLowerCase().includes(find));
}

/** Leaves only the fields whose names have this. @param {string} text */
export function find(text) {
  panel.find = text;
  changed();
}

/** The values of a field, as far as they are loaded. @param {FieldFound} f */
export function values(f) {
  const m = panel.more.get(f.name);
  return m && typeof m !== 'string' ? m.values : f.top ?? [];
}

/** @param {string} name */
export function toggleField(name) {
  if (!panel.open.delete(name)) panel.open.add(name);
  changed();
}

/** Asks for more values of a field, of all results. @param {string} name */
export function moreOf(name) {
  panel.more.set(name, 'Counting…');
  changed();
  void tops.run(async (signal) => {
    try {
      panel.more.set(name, await api.top({ ...asked(), field: name, limit: moreValues }, signal));
      announce(`${name}: counted in all results`);
    } catch (e) {
      if (aborted(e)) panel.more.delete(name);
      else panel.more.set(name, asError(e).message);
    }
    changed();
  });
}

/** @param {FieldFound} f @param {string} value */
const term = (f, value) => f.entry ? entryTerm(f.name, value) : valueTerm(f.name, value);

/** Narrows the search to a value, or to all others. @param {FieldFound} f @param {string} value @param {boolean} [without] */
export function filter(f, value, without = false) {
  panel.drawer = false;
  ask((without ? exclude : include)(route.q, term(f, value)));
}

/** @param {boolean} open */
export function toggleDrawer(open) {
  panel.drawer = open;
  if (open) focusOn('#fields-find');
  else focusOn('#fields-open');
  changed();
}

/** @param {string} key */
function cursorTo(key) {
  panel.cursor = key;
  changed();
  afterDraw(() => /** @type {HTMLElement|null} */ (document.querySelector(`#fields [data-key="${CSS.escape(key)}"]`))?.focus());
}

/** Arrows walk the fields and their values. @param {KeyboardEvent} e */
export function panelKey(e) {
  if (e.ctrlKey || e.metaKey || e.altKey || !(e.target instanceof Element)) return;
  const all = [...document.querySelectorAll('#fields [data-key]')];
  const here = e.target.closest('[data-key]');
  const i = here ? all.indexOf(here) : -1;
  const [name, value] = [here?.getAttribute('data-name') ?? '', here?.getAttribute('data-value')];
  const f = panel.found?.fields.find((x) => x.name === name);
  const to = (/** @type {number} */ n) => cursorTo(all[Math.max(0, Math.min(all.length - 1, n))]?.getAttribute('data-key') ?? '');
  if (e.key === 'ArrowDown') to(i + 1);
  else if (e.key === 'ArrowUp' && i === 0) document.getElementById('fields-find')?.focus();
  else if (e.key === 'ArrowUp' && i > 0) to(i - 1);
  else if (!f || i < 0) return;
  else if (e.key === 'Home') to(0);
  else if (e.key === 'End') to(all.length - 1);
  else if (e.key === 'ArrowRight' && value === null && !panel.open.has(name)) toggleField(name);
  else if (e.key === 'ArrowLeft' && panel.open.has(name)) {
    toggleField(name);
    cursorTo(name);
  } else if (e.key === '+' && value !== null) filter(f, value ?? '');
  else if (e.key === '-' && value !== null) filter(f, value ?? '', true);
  else if (e.key === 'c') toggleColumn(name, !isColumn(name));
  else return;
  e.preventDefault();
  e.stopPropagation();
}

onKey((key) => {
  if (route.view !== 'search' || !search.result) return false;
  if (key === 'Escape' && fieldsShown() && document.activeElement?.closest('#fields')) {
    toggleDrawer(false);
    return true;
  }
  if (key !== 'f' || route.entry) return false;
  if (drawerOnly()) toggleDrawer(!panel.drawer || !document.activeElement?.closest('#fields'));
  else focusOn('#fields-find');
  return true;
});

narrow.addEventListener('change', () => update());
