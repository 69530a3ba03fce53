// @ts-check
// Live tail: new matches on top as they arrive, unless somebody is reading.

import { announce } from './announce.js';
import { api } from './api.js';
import { update } from './app.js';
import { count, plural } from './format.js';
import { onKey } from './keys.js';
import { opened } from './opened.js';
import { hasPipes } from './query.js';
import { amend, go, route } from './route.js';
import { order, search, show } from './search.js';
import { moment } from './times.js';

/** @import {Entry, TailEntries} from './types.js' */

const rate = 20; // entries a second at the most
const mostRows = 1000; // in the list
const mostWaiting = 1000; // while it is paused
const again = 2000; // ms before it is asked again

export const tail = {
  /** "", starting, on or gone. */
  state: '',
  /** Paused by the button. */
  paused: false,
  /** @type {Entry[]} Came while it was paused, newest first. */
  waiting: [],
  /** Matches that the rate or a long pause left out. */
  leftOut: 0,
  /** Came and are shown. */
  came: 0,
  error: '',
};

/** @type {EventSource|null} */
let source = null;
let key = '';
let seq = 0;
let timer = 0;
let scrolled = false;

/** Why there is nothing to follow here; "" when there is. */
export function cannot() {
  if (hasPipes(route.q)) return 'Live shows lines; this query has pipes';
  if (route.entry) return 'One entry has nothing to follow';
  if (route.frozen) return 'A frozen set stays as it is';
  if (route.to) return 'Live needs a time range without an end';
  return '';
}

/** Why it holds still: "" when it does not. */
export function holds() {
  if (tail.paused) return 'paused';
  if (opened.id) return 'paused while a line is open';
  return scrolled ? 'paused while you read further down' : '';
}

/** Called after every drawing: the address says whether there is a tail, and of what. */
export function sync() {
  const want = route.view === 'search' && route.live && !cannot() ? JSON.stringify([route.q, route.from]) : '';
  if (want === key) {
    if (tail.state === 'on' && tail.waiting.length && !holds()) flush();
    return;
  }
  stop();
  key = want;
  if (want) start();
}

function stop() {
  source?.close();
  source = null;
  clearTimeout(timer);
  seq = 0;
  Object.assign(tail, { state: '', paused: false, waiting: [], leftOut: 0, came: 0, error: '' });
}

function start() {
  Object.assign(tail, { state: 'starting', error: '' });
  const es = api.tail({ q: route.q, rate, ...seq && { after: seq } });
  source = es;
  es.addEventListener('open', (e) => {
    if (!(e instanceof MessageEvent)) return; // the connection, not the server's word
    const fresh = seq === 0;
    took(e);
    tail.state = 'on';
    // What came between the search and now is in neither.
    if (fresh) show(true);
    update();
  });
  es.addEventListener('entries', (e) => {
    const a = /** @type {TailEntries} */ (JSON.parse(e.data));
    seq = a.seq ?? seq;
    take((a.entries ?? []).toReversed(), a.left_out ?? 0);
  });
  es.addEventListener('ping', took);
  es.addEventListener('error', (e) => lost(e instanceof MessageEvent ? String(JSON.parse(e.data).error ?? '') : ''));
}

/** @param {MessageEvent} e */
function took(e) {
  seq = JSON.parse(e.data).seq ?? seq;
}

/** The server is gone, or has said why it ends. @param {string} error */
function lost(error) {
  source?.close();
  source = null;
  Object.assign(tail, { state: 'gone', error });
  clearTimeout(timer);
  timer = setTimeout(() => { if (key) start(); }, again);
  update();
}

/** @param {Entry[]} fresh Newest first. @param {number} leftOut */
function take(fresh, leftOut) {
  const since = moment(route.from);
  const inside = since === undefined ? fresh : fresh.filter((e) => Date.parse(e.time) >= since);
  tail.leftOut += leftOut;
  // How many of those the time range has, the server does not say.
  if (leftOut && search.result) search.result.exact = false;
  tail.waiting = [...inside, ...tail.waiting];
  if (tail.waiting.length > mostWaiting) {
    tail.leftOut += tail.waiting.length - mostWaiting;
    tail.waiting.length = mostWaiting;
  }
  if (!search.running && !search.stale && !holds()) flush();
  update();
}

/** Shows what has come. */
function flush() {
  const r = search.result;
  if (!r || search.stale || search.running) return;
  const known = new Set(r.entries.map((e) => e.id));
  const fresh = tail.waiting.filter((e) => !known.has(e.id));
  tail.waiting = [];
  if (!fresh.length) return;
  if (!r.entries.length) { // the first at all: with them come their bars and fields
    tail.came += fresh.length;
    show(true);
    return;
  }
  const all = [...fresh, ...r.entries];
  // The list has an end: what it drops is found again by a search.
  if (all.length > mostRows) Object.assign(r, { next: '' });
  r.entries = all.slice(0, mostRows);
  r.total += fresh.length;
  r.packets = r.entries.every((e) => e.packet);
  tail.came += fresh.length;
  if (!r.entries.some((e) => e.id === search.cursor)) search.cursor = r.entries[0].id;
  announce(`${plural(fresh.length, 'new result')}`);
  update();
}

/** Follows, or no longer. */
export function toggleLive() {
  if (route.live) {
    const some = tail.came + tail.leftOut + tail.waiting.length > 0;
    amend({ live: '' });
    announce('Live is off');
    if (some) show(true); // what it left out, bars and fields
  } else if (!cannot()) {
    announce('Live: new results come on top');
    if (order() === 'newest') amend({ live: '1' });
    else go({ ...route, live: '1', order: 'newest', open: '' });
  }
  update();
}

/** Holds still, or goes on: then from the top. */
export function togglePause() {
  const held = holds();
  tail.paused = !held;
  if (held) {
    scrolled = false;
    document.getElementById('results')?.scrollTo(0, 0);
  }
  announce(tail.paused ? 'Paused' : 'Live goes on');
  update();
}

/** What of it must be said. */
export function says() {
  if (tail.state === 'gone') return `Live stopped${tail.error ? `: ${tail.error}` : ''}, trying again`;
  if (tail.state === 'starting') return 'Live is starting';
  const held = holds();
  const left = tail.leftOut ? `${count(tail.leftOut)} left out: more than ${rate} a second` : '';
  return [held && `Live is ${held}`, tail.waiting.length ? `${count(tail.waiting.length)} waiting` : '', tail.came ? `${count(tail.came)} new` : held ? '' : 'Live: nothing new yet', left].filter(Boolean).join(' · ');
}

document.addEventListener('scroll', (e) => {
  if (!(e.target instanceof Element) || e.target.id !== 'results') return;
  const now = e.target.scrollTop > 8;
  if (now === scrolled) return;
  scrolled = now;
  if (tail.state) update();
}, true);

onKey((k) => {
  if (k !== 'l' || route.view !== 'search') return false;
  if (route.live || !cannot()) toggleLive();
  else announce(cannot());
  return true;
});
