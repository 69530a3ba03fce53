// @ts-check
// Text under an input, letter below letter, with a wavy line where it cannot be read.

import { html } from '../../vendor/lit-html/lit-html.js';

/**
 * @param {string} text
 * @param {number} [column] From 1, in characters; absent: nothing is underlined.
 */
export function render(text, column) {
  if (!column) return html`<span class="mirror" aria-hidden="true"></span>`;
  const chars = [...text];
  let at = Math.min(column - 1, chars.length);
  let end = at;
  // Where something is missing, what stands before it is underlined.
  if (!chars[at]?.trim()) while (at > 0 && chars[at - 1].trim()) at--;
  while (end < chars.length && /\S/.test(chars[end])) end++;
  const bad = chars.slice(at, Math.max(end, at + 1)).join('').trim() || '\u00a0';
  return html`<span class="mirror" aria-hidden="true">${chars.slice(0, at).join('')}<u>${bad}</u></span>`;
}
