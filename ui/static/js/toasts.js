// @ts-check
// Short messages at the edge: the end of a job, a failure that belongs to no field.

import { announce } from './announce.js';
import { update } from './app.js';

/** @typedef {{id: number, kind: string, text: string, link?: {href: string, text: string}}} Toast kind: ok, warn or bad. */

/** @type {Toast[]} */
export let toasts = [];
let last = 0;

/**
 * @param {string} kind
 * @param {string} text
 * @param {{href: string, text: string}} [link]
 */
export function toast(kind, text, link) {
  const id = ++last;
  toasts = [...toasts, { id, kind, text, link }].slice(-4);
  announce(link ? `${text} ${link.text}` : text);
  update();
  // What went wrong stays until somebody has read it.
  if (kind !== 'bad') setTimeout(() => dismiss(id), 20000);
}

/** @param {number} id */
export function dismiss(id) {
  toasts = toasts.filter((t) => t.id !== id);
  update();
}

/** Shows the failure of something that no field belongs to. @param {unknown} e */
export function failed(e) {
  if (e instanceof DOMException && e.name === 'AbortError') return;
  toast('bad', e instanceof Error ? e.message : String(e));
}
