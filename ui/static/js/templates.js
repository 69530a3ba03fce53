// @ts-check
// Placeholders that the editor puts into a template, where the cursor was.

import { api } from './api.js';
import { update } from './app.js';

export const placeholders = {
  /** @type {[string, string][]} */
  all: [
    ['{value}', 'what was clicked'], ['{field:name}', 'a field of the line; write its name'],
    ['{time}', "the line's time"], ['{time-5m}', "5 minutes before the line's time"], ['{time+duration}', 'when the connection ended'],
    ['{from}', 'where the search on the page begins'], ['{to}', 'where it ends'],
    ['{tag}', "the line's tag"], ['{src}', "the line's source number"], ['{entry}', 'the address of a page that shows the line'], ['{raw}', 'the whole line'],
  ],
  /** Names of the saved searches. @type {string[]} */
  saved: [],
};

/** @type {HTMLInputElement|HTMLTextAreaElement|null} */
let last = null;

/** @param {Event} e */
export const templateFocused = (e) => { last = /** @type {HTMLInputElement} */ (e.target); };

/** Puts a placeholder into the template that had the focus last. @param {string} text */
export function insert(text) {
  const open = document.getElementById('action-form');
  const el = last?.isConnected && open?.contains(last) ? last : open?.querySelector('input.mono, textarea.mono');
  if (!(el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement)) return;
  const [from, to] = [el.selectionStart ?? el.value.length, el.selectionEnd ?? el.value.length];
  el.setRangeText(text, from, to, 'end');
  // The name is what is to be written next.
  const name = text.indexOf('name');
  el.focus();
  if (name >= 0) el.setSelectionRange(from + name, from + name + 4);
  el.dispatchEvent(new Event('input'));
}

/** Learns the names of the saved searches. */
export async function learnSaved() {
  try {
    placeholders.saved = ((await api.savedSearches()).searches ?? []).map((s) => s.name);
    update();
  } catch {
    placeholders.saved = []; // names can be written all the same
  }
}
