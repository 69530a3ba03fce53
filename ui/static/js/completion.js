// @ts-check
// What could stand where the cursor is in the query: asked while somebody writes, taken by key or click.

import { aborted, api, latest } from './api.js';
import { announce } from './announce.js';
import { afterDraw, update } from './app.js';
import { route } from './route.js';
import { resolve } from './times.js';

/** @import {Completion, CompletionItem} from './types.js' */

const pause = 60; // ms after a key before the server is asked

export const completion = {
  /** @type {CompletionItem[]} */
  items: [],
  more: false,
  /** The one that is chosen; -1: none, and Enter runs the query. */
  at: -1,
  /** In characters: what it replaces. */
  from: 0,
  to: 0,
};

const now = latest();
let timer = 0;

export const completing = () => completion.items.length > 0;

/** @returns {HTMLTextAreaElement} */
const input = () => /** @type {HTMLTextAreaElement} */ (document.getElementById('q'));

/** Closes the list. @returns {boolean} whether it was open */
export function close() {
  clearTimeout(timer);
  now.stop();
  if (!completing()) return false;
  Object.assign(completion, { items: [], more: false, at: -1 });
  update();
  return true;
}

/** Somebody wrote: asks in a moment. */
export function ask() {
  clearTimeout(timer);
  timer = setTimeout(() => void look(), pause);
}

/** Characters before a place in the input, which counts UTF-16. @param {string} text @param {number} at */
const characters = (text, at) => [...text.slice(0, at)].length;

/** Asks what could stand at the cursor. @param {boolean} [wanted] Also where nothing is written yet. */
export async function look(wanted = false) {
  const el = input();
  if (!el || document.activeElement !== el || el.selectionStart !== el.selectionEnd) return;
  const { value, selectionEnd } = el;
  if (!wanted && !value.trim()) {
    close();
    return;
  }
  await now.run(async (signal) => {
    try {
      const a = await api.complete({ q: value, at: characters(value, selectionEnd), ...resolve(route), frozen: route.frozen }, signal);
      // Behind a blank everything fits, which helps nobody who writes on.
      const idle = !wanted && a.from === a.to && a.kind === 'field' && !/\|[^|]*$/.test(value);
      if (input()?.value === value) show(idle ? { ...a, items: [] } : a);
    } catch (e) {
      // Completion is help only: without it the query is written by hand.
      if (!aborted(e)) close();
    }
  });
}

/** @param {Completion} a */
function show(a) {
  Object.assign(completion, { items: a.items ?? [], more: a.more, at: -1, from: a.from, to: a.to });
  if (completing()) announce(`${a.items.length}${a.more ? ' and more' : ''} suggestions`);
  update();
}

/** Moves the choice; past the ends nothing is chosen. @param {number} by */
export function step(by) {
  const n = completion.items.length + 1;
  completion.at = (completion.at + 1 + by + n) % n - 1;
  update();
  afterDraw(() => document.querySelector('#q-options [aria-selected="true"]')?.scrollIntoView({ block: 'nearest' }));
}

/** Puts a suggestion into the query. @param {number} [i] */
export function accept(i = Math.max(0, completion.at)) {
  const item = completion.items[i];
  const el = input();
  if (!item || !el) return;
  const chars = [...el.value];
  const { from, to } = completion;
  const start = chars.slice(0, from).join('').length;
  const end = start + chars.slice(from, to).join('').length;
  close();
  el.focus();
  el.setSelectionRange(start, end);
  // This way undo takes it back; not every browser knows it.
  if (!document.execCommand('insertText', false, item.text)) el.setRangeText(item.text, start, end, 'end');
  // Behind a field or an open parenthesis its value is next.
  if (/[:(]$|^(top 10|sort -|by|stats|timechart|fields|dedup|where) ?$/.test(item.text)) void look(true);
  else close();
}

/**
 * The keys of the list. Enter is taken only when something is chosen.
 * @param {KeyboardEvent} e
 * @returns {boolean} whether the key was its own
 */
export function key(e) {
  if (e.key === ' ' && e.ctrlKey) void look(true);
  else if (!completing() || e.ctrlKey || e.metaKey || e.altKey) return false;
  else if (e.key === 'ArrowDown') step(1);
  else if (e.key === 'ArrowUp') step(-1);
  else if (e.key === 'Escape') close();
  else if (e.key === 'Tab' && !e.shiftKey || e.key === 'Enter' && completion.at >= 0) accept();
  else return false;
  e.preventDefault();
  e.stopPropagation();
  return true;
}
