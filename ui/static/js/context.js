// @ts-check
// The lines before and after an entry in its stream.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { afterDraw, update } from './app.js';
import { beforePipe } from './query.js';
import { route } from './route.js';

/** @import {Entry} from './types.js' */

const first = 5; // lines on each side
const step = 20; // more, on demand
const most = 500; // on each side

export const context = {
  /** The entry whose neighbours these are; "": none are shown. */
  id: '',
  /** @type {Entry[]} Oldest first. */
  before: [],
  /** @type {Entry[]} */
  after: [],
  moreBefore: false,
  moreAfter: false,
  loading: false,
  error: '',
  /** Counts the changes. */
  turn: 0,
};

const now = latest();

/** @param {Partial<typeof context>} part */
function set(part) {
  Object.assign(context, part, { turn: context.turn + 1 });
  update();
}

export function closeContext() {
  now.stop();
  Object.assign(context, { id: '', before: [], after: [], moreBefore: false, moreAfter: false, loading: false, error: '' });
}

/** Shows the neighbours of an entry. @param {string} id */
export function openContext(id) {
  if (context.id === id && !context.error) return;
  closeContext();
  set({ id });
  void load(id, first, first);
}

/** More of one side. @param {'before'|'after'} side */
export function moreContext(side) {
  if (context.loading) return;
  const edge = side === 'before' ? context.before[0] : context.after.at(-1);
  void load(edge?.id ?? context.id, side === 'before' ? step : 0, side === 'after' ? step : 0);
}

/** @param {string} id The entry at the edge. @param {number} before @param {number} after */
async function load(id, before, after) {
  set({ loading: true, error: '' });
  await now.run(async (signal) => {
    try {
      const a = await api.around(id, { before, after, q: beforePipe(route.q), frozen: route.frozen }, signal);
      const top = before && context.before.length ? anchor() : () => {};
      set({
        loading: false,
        before: [...before ? a.before ?? [] : [], ...context.before].slice(-most),
        after: [...context.after, ...after ? a.after ?? [] : []].slice(0, most),
        ...before && { moreBefore: a.more_before },
        ...after && { moreAfter: a.more_after },
      });
      if (context.before.length >= most) context.moreBefore = false;
      if (context.after.length >= most) context.moreAfter = false;
      afterDraw(top);
      announce(`${context.before.length} lines before, ${context.after.length} after`);
    } catch (e) {
      if (!aborted(e)) set({ loading: false, error: asError(e).message });
    }
  });
}

/** Keeps the line in sight where it is while others come above it. */
function anchor() {
  const pane = document.getElementById('results');
  const line = document.querySelector('.around .self');
  const was = line?.getBoundingClientRect().top ?? 0;
  return () => {
    const is = document.querySelector('.around .self')?.getBoundingClientRect().top ?? was;
    pane?.scrollBy(0, is - was);
  };
}

/** A neighbour by its id: a word in it opens its own menu. @param {string} id */
export const neighbour = (id) => context.before.find((e) => e.id === id) ?? context.after.find((e) => e.id === id) ?? null;
