// @ts-check
// A link that finds the same tomorrow: its time range is fixed.

import { api } from './api.js';
import { copy } from './copy.js';
import { hasPipes } from './query.js';
import { href, route } from './route.js';
import { search } from './search.js';
import { resolve } from './times.js';
import { failed } from './toasts.js';

/** The end of an open range: now, or behind the newest result, which may be ahead of the clock. */
function end() {
  const r = search.result;
  const newest = Math.max(0, ...[r?.entries[0], r?.entries.at(-1)].map((e) => e ? Date.parse(e.time) + 1 : 0));
  return new Date(Math.max(r?.at ?? Date.now(), newest)).toISOString();
}

/** The address of this search with its times fixed. */
export async function permalink() {
  const { q, order, show, columns, frozen, entry } = route;
  if (frozen || entry) return href({ ...route, saved: '', open: '' });
  const said = search.result?.from || search.result?.to;
  // last:1h in the query is another hour tomorrow.
  const fixed = said ? (await api.explain(q)).fixed : q;
  // As it was when it ran, not now.
  const { from, to } = resolve(route, search.started);
  return href({ view: 'search', q: fixed, from, to: to ?? (said && !hasPipes(fixed) && search.result?.to ? '' : end()), order, show, columns });
}

/** Copies it. */
export async function copyPermalink() {
  try {
    await copy(location.origin + await permalink(), 'Link with its time range');
  } catch (e) {
    failed(e);
  }
}
