// @ts-check
// The query, the time range, and Run.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { past } from '../history.js';
import { icon, state } from '../icons.js';
import { picker, rangeBack, togglePicker } from '../picker.js';
import { route } from '../route.js';
import { ask, cancel, search } from '../search.js';
import { words } from '../times.js';
import * as timepicker from './timepicker.js';
import * as underline from './underline.js';

/** Where the arrows are in the history; -1: at what was written. */
let at = -1;
let draft = '';

/** @returns {HTMLTextAreaElement} */
const input = () => /** @type {HTMLTextAreaElement} */ (document.getElementById('q'));

/** @param {Event} [e] */
function run(e) {
  e?.preventDefault();
  at = -1;
  search.focus = document.activeElement === input() ? input().value : null;
  ask(input().value.replace(/\s*\n\s*/g, ' ').trim());
}

/** @param {KeyboardEvent} e */
function key(e) {
  if (e.isComposing) return;
  const el = input();
  if (e.key === 'Enter') return run(e);
  const up = e.key === 'ArrowUp' && (at >= 0 || el.selectionEnd === 0 || oneLine(el));
  const down = e.key === 'ArrowDown' && at >= 0;
  if (!up && !down) return;
  const all = past();
  const next = at + (up ? 1 : -1);
  if (next >= all.length) return;
  e.preventDefault();
  if (at < 0) draft = el.value;
  at = next;
  el.value = at < 0 ? draft : all[at];
  el.setSelectionRange(el.value.length, el.value.length);
}

/** @param {HTMLTextAreaElement} el */
const oneLine = (el) => el.clientHeight < 2 * parseFloat(getComputedStyle(el).lineHeight) + 24;

function typed() {
  at = -1;
}

/** The way back from a part of the time; only there when there is one. */
const back = () => picker.past.length
  ? html`<button type="button" class="square" id="time-back" aria-label="Back to the time before" @click=${rangeBack}>${icon('back')}</button>`
  : nothing;

function time() {
  const w = words(route);
  return html`<div class="span">
    <button type="button" id="time" aria-haspopup="dialog" aria-expanded=${picker.open ? 'true' : 'false'} aria-label="Time: ${w.day} ${w.text} UTC" @click=${() => togglePicker(!picker.open)}>
      ${icon('clock')}<span>${w.day ? html`<b>${w.day}</b> ` : nothing}${w.text} <span class="dim">UTC</span></span>${icon('down')}
    </button>
    ${picker.open ? timepicker.render() : nothing}
  </div>`;
}

/** What is wrong, under the query. */
function problem() {
  const { error } = search;
  if (!error || error.gone) return nothing;
  return html`<div class="problem" id="query-problem" role="alert" data-column=${error.column ?? nothing}>
    ${state('bad', 'bad', error.column ? `Column ${error.column}` : 'Not run')}<span>${error.column ? error.reason : error.message}</span>
  </div>`;
}

export function render() {
  const bad = search.error?.column;
  return html`<form class="query" role="search" @submit=${run}>
      <div class="entry">
        ${icon('search')}
        ${underline.render(search.error ? route.q : '', bad)}
        <textarea id="q" class="mono" name="q" rows="1" aria-label="Query" placeholder="Words, addresses, field:value" spellcheck="false" autocomplete="off" autocapitalize="off"
          aria-invalid=${bad ? 'true' : 'false'} aria-describedby=${search.error ? 'query-problem' : nothing} .value=${live(shownText())} @input=${typed} @keydown=${key}></textarea>
        <kbd aria-hidden="true">/</kbd>
      </div>
      ${back()}${time()}
      ${search.slow
    ? html`<button type="button" id="cancel" @click=${cancel}>Cancel <kbd>Esc</kbd></button>`
    : html`<button class="primary" id="run">Run <kbd>↵</kbd></button>`}
    </form>
    ${problem()}`;
}

/** @type {string|null} */
let drawnFor = null;

/** What is being written stays while other things are drawn; a new query in the address replaces it. */
function shownText() {
  const el = /** @type {HTMLTextAreaElement|null} */ (document.getElementById('q'));
  if (el && drawnFor === route.q) return el.value;
  drawnFor = route.q;
  return route.q;
}
