// @ts-check
// The search: what was asked, what came, and what is still to come.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { focusOn, update } from './app.js';
import { empty, whyEmpty } from './empty.js';
import { count, plural } from './format.js';
import { remember } from './history.js';
import { forget, toggle } from './opened.js';
import { hasPipes, ofSource } from './query.js';
import { amend, go, route } from './route.js';
import { resolve } from './times.js';

/** @import {ApiError} from './api.js' */
/** @import {Entry, Histogram, Read, StreamLine, Table, UnknownField} from './types.js' */

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
 * @property {Table|null} table Instead of entries: what the pipes of the query made.
 * @property {string} from The time that the query itself says, if it does.
 * @property {string} to
 * @property {UnknownField[]} unknown Fields of the query that nothing has, when nothing matches.
 */

/**
 * @typedef {object} Progress How far a search is.
 * @property {Read} scanned
 * @property {Read} of
 * @property {number} total
 * @property {number} until In milliseconds: up to here everything is counted; NaN when not known.
 */

const pageSize = 200;
const moreRows = 100; // at the end of a list: they are drawn in one go
const tableRows = 2000; // of what pipes made
const screenful = 40; // rows that are asked for first: any screen shows fewer
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
  /** The histogram shown belongs to an earlier query. */
  oldBars: false,
  /** @type {Progress|null} While it runs. */
  progress: null,
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
export const question = () => ({ q: route.q, ...resolve(route), order: order(), frozen: route.frozen || undefined });

/** Asks what the address says, unless that is what is shown already. @param {boolean} [again] */
export function show(again = false) {
  const { q, from, to, entry, frozen, tz } = route;
  const key = JSON.stringify([q, from, to, entry, frozen, tz, order()]);
  if (key === search.asked && !again) return;
  search.asked = key;
  start();
  // Failures are drawn from search.error; nothing escapes.
  void (entry ? one(entry) : all());
}

function start() {
  Object.assign(search, { running: true, slow: false, cancelled: false, error: null, stale: true, oldBars: true, progress: null, more: '', started: Date.now() });
  paging.stop();
  clearTimeout(timer);
  clearInterval(ticks);
  for (const name of ['spoor:first-rows', 'spoor:done']) performance.clearMeasures(name);
  performance.clearMarks('spoor:asked');
  performance.mark('spoor:asked');
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
  search.progress = null;
  clearTimeout(timer);
  clearInterval(ticks);
  update();
}

/** Stops the search; what was found so far stays, and what was shown before if nothing was. */
export function cancel() {
  if (!search.running) return;
  now.stop();
  search.cancelled = true;
  search.asked = '';
  announce('Search cancelled');
  const { result, progress } = search;
  if (result && progress && !search.stale && !result.table) {
    Object.assign(result, { exact: false, total: Math.max(progress.total, result.entries.length), took: Date.now() - search.started, bytes: progress.scanned.bytes });
  }
  if (search.oldBars) search.histogram = null;
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
    q: route.q, total: 0, exact: true, took: 0, bytes: 0, next: '', order: order(), at: Date.now(), table: null, from: '', to: '', unknown: [], ...r, entries,
    packets: entries.length > 0 && entries.every((e) => e.packet),
  };
  search.stale = false;
  search.cursor = entries.some((e) => e.id === route.open) ? route.open : entries[0]?.id ?? '';
  forget();
  if (route.open && search.cursor === route.open) toggle(search.cursor, true);
  document.getElementById('results')?.scrollTo(0, 0);
}

/** Bars that there is room for. */
const room = () => Math.max(40, Math.min(110, Math.round(innerWidth / 12)));

async function all() {
  const q = question();
  // The bars of a table would count what went in, which its chart shows better.
  const more = hasPipes(q.q) ? { ...q, order: undefined, limit: 0, table_limit: tableRows, bars: 0 } : { ...q, limit: screenful, bars: room() };
  await now.run(async (signal) => {
    try {
      await api.stream(more, signal, (line) => heard(line, signal));
    } catch (e) {
      fail(e);
    }
  });
}

/** One line of the answer. @param {StreamLine} line @param {AbortSignal} signal */
function heard(line, signal) {
  if (signal.aborted) return;
  if (line.histogram) {
    search.histogram = line.histogram.counts?.length ? line.histogram : null;
    search.oldBars = false;
  }
  switch (line.type) {
    case 'rows':
      // Nothing so far is no result yet: the next lines tell.
      if (line.entries?.length) rows(line);
      break;
    case 'progress':
      search.progress = { scanned: line.done ?? line.scanned ?? { blocks: 0, bytes: 0 }, of: line.of ?? { blocks: 0, bytes: 0 }, total: line.total ?? 0, until: Date.parse(line.until ?? '') };
      break;
    case 'table':
      take({ table: line.table ?? null });
      reach();
      break;
    case 'done':
      done(line, signal);
      break;
  }
  update();
}

/** What fits the screen; the rest of the page is asked for once it can be seen. @param {StreamLine} line */
function rows(line) {
  take({ entries: line.entries, total: line.total ?? 0, exact: line.exact ?? false, took: line.took_ms });
  empty.kind = '';
  reach();
  const r = /** @type {Result} */ (search.result);
  afterPaint(() => {
    performance.measure('spoor:first-rows', 'spoor:asked');
    if (search.result !== r || !line.next) return;
    r.next = line.next;
    void further(pageSize - screenful).then(() => {
      if (search.result === r && route.open && search.cursor !== route.open && r.entries.some((e) => e.id === route.open)) {
        search.cursor = route.open;
        toggle(route.open, true);
      }
    });
  });
}

/** Calls f when what is drawn now can be seen. @param {() => void} f */
const afterPaint = (f) => requestAnimationFrame(() => { setTimeout(f); });

/** @param {StreamLine} line @param {AbortSignal} signal */
function done(line, signal) {
  remember(route.q);
  if (search.stale) take({});
  const r = /** @type {Result} */ (search.result);
  Object.assign(r, {
    total: Math.max(line.total ?? 0, r.entries.length), exact: line.exact ?? true, took: line.took_ms, bytes: line.scanned?.bytes ?? 0,
    from: line.from ?? '', to: line.to ?? '', unknown: line.unknown_fields ?? [], at: Date.now(),
  });
  if (search.oldBars) search.histogram = null;
  search.oldBars = false;
  empty.kind = '';
  if (r.total === 0) void whyEmpty(route, signal);
  end();
  said();
  performance.measure('spoor:done', 'spoor:asked');
}

/** From the query to the results, unless somebody writes on. */
function reach() {
  const el = document.getElementById('q');
  const to = search.result?.table ? '#plot, #results [data-row="0"]' : search.cursor && `#e${search.cursor}`;
  if (el === document.activeElement && el instanceof HTMLTextAreaElement && el.value === search.focus && to) focusOn(to);
  search.focus = null;
}

function said() {
  const r = search.result;
  if (r?.table) announce(`${plural(r.table.total_rows, 'row')} of ${plural(r.total, 'result')}`);
  else if (r) announce(`${r.exact ? '' : 'at least '}${count(r.total)} ${r.packets ? 'packets' : 'results'}`);
}

/** One entry by itself: what a link to an entry opens. @param {string} id */
async function one(id) {
  await now.run(async (signal) => {
    try {
      const e = await api.entry(id, { q: route.q, frozen: route.frozen }, signal);
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
export const more = () => further(pageSize);

/** @param {number} limit */
async function further(limit) {
  const r = search.result;
  if (!r?.next || search.stale || search.more === 'loading') return;
  search.more = 'loading';
  update();
  await paging.run(async (signal) => {
    try {
      const a = await api.search({ ...question(), limit: moreRows, cursor: r.next }, signal);
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
  const { from, to, order: by, show: as, columns, live, tz, frozen } = route;
  go({ view: 'search', q, from, to, order: by, show: as, columns, live, tz, frozen, ...rest });
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
