// @ts-check
// The search: what was asked, what came, and what is still to come.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { countBars } from './bars.js';
import { focusOn, update } from './app.js';
import { empty, whyEmpty } from './empty.js';
import { count } from './format.js';
import { remember } from './history.js';
import { forget, toggle } from './opened.js';
import { ofSource } from './query.js';
import { amend, go, route } from './route.js';
import { resolve } from './times.js';

/** @import {ApiError} from './api.js' */
/** @import {Entry, Histogram} from './types.js' */

/**
 * @typedef {object} Result
 * @property {string} q
 * @property {Entry[]} entries
 * @property {number} total
 * @property {boolean} exact
 * @property {number} took ms
 * @property {number} bytes scanned
 * @property {string} next
 * @property {string} order newest or oldest
 * @property {boolean} packets Every entry is a packet.
 * @property {number} at When it came.
 */

const pageSize = 200;
const quiet = 150; // ms without a sign of work

export const search = {
  /** Asked last: tells whether the address asks something new. */
  asked: '',
  running: false,
  /** Running for longer than people take for at once. */
  slow: false,
  started: 0,
  cancelled: false,
  /** @type {Result|null} */
  result: null,
  /** The result shown belongs to an earlier query. */
  stale: false,
  /** @type {ApiError|null} */
  error: null,
  /** @type {Histogram|null} */
  histogram: null,
  more: '',
  /** The query that was run by its key: the focus goes on to its results. @type {string|null} */
  focus: null,
  /** The entry that the cursor is on. */
  cursor: '',
};

const now = latest();
const paging = latest();
let timer = 0;
let ticks = 0;

/** The order in effect: packets of a source are read from their start. */
export const order = () => route.order || (ofSource(route.q) ? 'oldest' : 'newest');

/** What the address bar asks, as the server takes it. */
export const question = () => ({ q: route.q, ...resolve(route), order: order() });

/** Asks what the address says, unless that is what is shown already. @param {boolean} [again] */
export function show(again = false) {
  const { q, from, to, entry } = route;
  const key = JSON.stringify([q, from, to, entry, order()]);
  if (key === search.asked && !again) return;
  search.asked = key;
  start();
  // Failures are drawn from search.error; nothing escapes.
  void (entry ? one(entry) : all());
}

function start() {
  Object.assign(search, { running: true, slow: false, cancelled: false, error: null, stale: true, more: '', started: Date.now() });
  paging.stop();
  clearTimeout(timer);
  clearInterval(ticks);
  timer = setTimeout(() => {
    search.slow = true;
    ticks = setInterval(update, 500);
    update();
  }, quiet);
  update();
}

function end() {
  search.running = false;
  search.slow = false;
  clearTimeout(timer);
  clearInterval(ticks);
  update();
}

/** Stops the search; what was shown before stays. */
export function cancel() {
  if (!search.running) return;
  now.stop();
  search.cancelled = true;
  search.asked = '';
  announce('Search cancelled');
  end();
}

/** @param {unknown} e */
function fail(e) {
  if (aborted(e)) return;
  search.error = asError(e);
  announce(search.error.message);
  end();
}

/** @param {Partial<Result>} r */
function take(r) {
  const entries = r.entries ?? [];
  search.result = {
    q: route.q, total: 0, exact: true, took: 0, bytes: 0, next: '', order: order(), at: Date.now(), ...r, entries,
    packets: entries.length > 0 && entries.every((e) => e.packet),
  };
  search.stale = false;
  search.cursor = entries.some((e) => e.id === route.open) ? route.open : entries[0]?.id ?? '';
  forget();
  if (route.open && search.cursor === route.open) toggle(search.cursor, true);
  document.getElementById('results')?.scrollTo(0, 0);
}

async function all() {
  const q = question();
  await now.run(async (signal) => {
    let a;
    try {
      a = await api.search({ ...q, limit: pageSize }, signal);
      remember(q.q);
      take({ entries: a.entries ?? [], total: a.total, exact: a.exact, took: a.took_ms, bytes: a.scanned?.bytes ?? 0, next: a.next ?? '' });
      empty.kind = '';
      if (a.total === 0) void whyEmpty(route, signal);
      end();
      reach();
      said();
    } catch (e) {
      fail(e);
      return;
    }
    try {
      const entries = a.entries ?? [];
      const o = { more: Boolean(a.next), relative: route.from.startsWith('-'), packets: Boolean(search.result?.packets), signal };
      takeBars(entries.length ? await countBars(q, entries, o) : null);
    } catch (e) {
      if (!aborted(e)) search.histogram = null;
    }
    update();
  });
}

/** From the query to the results, unless somebody writes on. */
function reach() {
  const el = document.getElementById('q');
  if (el === document.activeElement && el instanceof HTMLTextAreaElement && el.value === search.focus && search.cursor) focusOn(`#e${search.cursor}`);
  search.focus = null;
}

/** The histogram has counted everything, so its total is exact. @param {Histogram|null} h */
function takeBars(h) {
  search.histogram = h;
  if (!h || !search.result || search.result.exact || search.stale) return;
  Object.assign(search.result, { total: h.total, exact: true });
  said();
}

function said() {
  const r = search.result;
  if (r) announce(`${r.exact ? '' : 'at least '}${count(r.total)} ${r.packets ? 'packets' : 'results'}`);
}

/** One entry by itself: what a link to an entry opens. @param {string} id */
async function one(id) {
  await now.run(async (signal) => {
    try {
      const e = await api.entry(id, route.q, signal);
      search.histogram = null;
      empty.kind = '';
      take({ entries: [e], total: 1 });
      toggle(e.id, true);
      end();
    } catch (e) {
      fail(e);
    }
  });
}

/** The next page, at the end of the list. */
export async function more() {
  const r = search.result;
  if (!r?.next || search.stale || search.more === 'loading') return;
  search.more = 'loading';
  update();
  await paging.run(async (signal) => {
    try {
      const a = await api.search({ ...question(), limit: pageSize, cursor: r.next }, signal);
      r.entries = [...r.entries, ...a.entries ?? []];
      r.next = a.next ?? '';
      r.packets &&= r.entries.every((e) => e.packet);
      if (!r.exact) r.total = Math.max(r.total, r.entries.length);
      search.more = '';
    } catch (e) {
      if (aborted(e)) return;
      search.more = asError(e).message;
    }
    update();
  });
}

/** Runs a query now, also if it was just run. @param {string} q @param {Partial<import('./route.js').Route>} [rest] */
export function ask(q, rest = {}) {
  search.asked = '';
  go({ view: 'search', q, from: route.from, to: route.to, order: route.order, ...rest });
}

/** Puts the cursor on an entry. @param {string} id */
export function point(id) {
  if (search.cursor === id) return;
  search.cursor = id;
  update();
}

/** Opens or closes an entry; the address says which. @param {string} id @param {boolean} [open] */
export function openEntry(id, open) {
  search.cursor = id;
  amend({ open: toggle(id, open) ? id : '' });
}
