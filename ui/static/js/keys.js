// @ts-check
// One listener for the keys of the whole page. Letters are keys only where nobody types.

import { dialogOpen } from './overlay.js';

/** @typedef {(key: string, e: KeyboardEvent) => boolean|void} Handler Says true when the key was its own. */

/** @type {Handler[]} */
const handlers = [];

/** @param {Handler} h Later ones are asked first. */
export const onKey = (h) => { handlers.unshift(h); };

/** @param {EventTarget|null} t */
export const typing = (t) => t instanceof HTMLElement && (t.isContentEditable || /^(TEXTAREA|SELECT)$/.test(t.tagName) || (t instanceof HTMLInputElement && !/^(checkbox|radio|button)$/.test(t.type)));

export const start = () => addEventListener('keydown', (e) => {
  if (e.defaultPrevented || e.isComposing || dialogOpen()) return;
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  if (typing(e.target) && e.key !== 'Escape') return;
  for (const h of handlers) {
    if (h(e.key, e) === true) {
      e.preventDefault();
      return;
    }
  }
});
