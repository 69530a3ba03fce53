// @ts-check
// Inputs that the editor has many of.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';

/** @param {Event} e */
export const value = (e) => /** @type {HTMLInputElement} */ (e.target).value;

/** @param {Event} e */
export const ticked = (e) => /** @type {HTMLInputElement} */ (e.target).checked;

/** @param {string} text Words between blanks or commas; those with blanks in quotes. */
export const words = (text) => [...text.matchAll(/"([^"]*)"?|[^\s,"]+/g)].map((m) => m[1] ?? m[0]).filter(Boolean);

/** @param {string[]|undefined} list */
const spelled = (list) => (list ?? []).map((w) => /[\s,]/.test(w) ? `"${w}"` : w).join(' ');

/** What somebody has written, which a blank at its end is part of. @type {Map<string, string>} */
const written = new Map();

/**
 * An input of a list of words.
 * @param {{id: string, list: string[]|undefined, hint: string, name?: string, describedby?: string, invalid?: boolean, change: (l: string[]) => void}} o
 */
export function listed({ id, list, hint, name, describedby, invalid, change }) {
  const text = written.get(id);
  const same = text !== undefined && words(text).join('\n') === (list ?? []).join('\n');
  return html`<input id=${id} name=${name ?? nothing} class="mono" autocomplete="off" spellcheck="false" placeholder=${hint} aria-invalid=${invalid ? 'true' : 'false'} aria-describedby=${describedby ?? nothing}
    .value=${live(same ? text : spelled(list))} @input=${(/** @type {Event} */ e) => { written.set(id, value(e)); change(words(value(e))); }}>`;
}

/**
 * One choice of a few.
 * @param {{label: string, of: [string, string][], now: string, choose: (v: string) => void}} o
 */
export const choice = ({ label, of, now, choose }) => html`<div class="choice" role="group" aria-label=${label}>
  ${of.map(([v, name]) => html`<button type="button" data-choice=${v} aria-pressed=${now === v ? 'true' : 'false'} @click=${() => choose(v)}>${name}</button>`)}
</div>`;
