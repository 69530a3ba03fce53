// @ts-check
// Why a search found nothing: the store is empty, or the query or time is too narrow.

import { aborted, api } from './api.js';
import { update } from './app.js';
import { terms } from './query.js';
import { go, route } from './route.js';
import { resolve } from './times.js';

/** @import {Route} from './route.js' */
/** @typedef {{without: string, q: string, all: boolean, total: number}} Try all: in all time */

export const empty = {
  /** "", "first" (nothing stored yet) or "none" (nothing found). */
  kind: '',
  /** @type {Try[]} */
  tries: [],
};

const poll = 2000; // ms between looks for the first line
let timer = 0;

/**
 * @param {Route} r
 * @param {AbortSignal} signal Of the search that found nothing.
 */
export async function whyEmpty(r, signal) {
  clearTimeout(timer);
  empty.tries = [];
  try {
    // A frozen set is never empty, whatever has become of the store.
    empty.kind = r.frozen || (await api.streams(signal)).streams?.length ? 'none' : 'first';
    update();
    if (empty.kind === 'first') wait();
    else await attempts(r, signal);
  } catch (e) {
    // What was found is known; only the advice is missing.
    if (!aborted(e)) empty.kind = 'none';
  }
  update();
}

/** @param {Route} r @param {AbortSignal} signal */
async function attempts(r, signal) {
  const words = terms(r.q);
  const range = resolve(r);
  /** @type {Omit<Try, 'total'>[]} */
  const asks = words.map((w, i) => ({ without: w, q: words.toSpliced(i, 1).join(' '), all: false }));
  if (range.from || range.to) asks.push({ without: '', q: r.q, all: true });
  for (const a of asks) {
    const { total } = await api.search({ q: a.q, limit: 0, frozen: r.frozen, ...(a.all ? {} : range) }, signal);
    empty.tries = [...empty.tries, { ...a, total }];
    update();
  }
}

/** Opens the results by itself once the first line is there. */
function wait() {
  timer = setTimeout(async () => {
    if (empty.kind !== 'first') return;
    try {
      const { streams } = await api.streams(AbortSignal.timeout(10000));
      if (streams?.length && empty.kind === 'first') {
        empty.kind = '';
        document.dispatchEvent(new Event('spoor:filled'));
        return;
      }
    } catch {
      // The banner says that the server is gone; waiting goes on.
    }
    wait();
  }, poll);
}

/** The search without its time or with another query. @param {Try} t */
export const attempt = (t) => go({ view: 'search', q: t.q, order: route.order, frozen: route.frozen, ...(t.all ? {} : { from: route.from, to: route.to }) });
