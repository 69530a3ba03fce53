// @ts-check
// Quick ranges, and from and to in UTC.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { state } from '../icons.js';
import { picker, setRange, togglePicker, writeRange } from '../picker.js';
import { route } from '../route.js';
import { quick } from '../times.js';

/** @param {Event} e */
const value = (e) => /** @type {HTMLInputElement} */ (e.target).value;

/** Enter takes the range; it must not run the query's form. @param {KeyboardEvent} e */
function key(e) {
  if (e.key !== 'Enter') return;
  e.preventDefault();
  writeRange();
}

/** A focus that leaves the panel closes it. @param {FocusEvent} e */
function leave(e) {
  const panel = /** @type {HTMLElement} */ (e.currentTarget);
  const to = e.relatedTarget;
  if (to instanceof Node && !panel.contains(to) && to !== document.getElementById('time')) togglePicker(false);
}

export const render = () => html`<div class="time-panel" id="time-panel" role="dialog" aria-label="Time range, UTC" @focusout=${leave}>
  <ul class="ranges">
    ${quick.map(([from, name]) => html`<li><button type="button" class="quiet" data-range=${from} aria-pressed=${route.from === from && !route.to ? 'true' : 'false'} @click=${() => setRange({ from, to: '' })}>${name}</button></li>`)}
    <li><button type="button" class="quiet" data-range="all" aria-pressed=${!route.from && !route.to ? 'true' : 'false'} @click=${() => setRange({ from: '', to: '' })}>All time</button></li>
  </ul>
  <div class="between">
    <label for="time-from">From, UTC</label>
    <input id="time-from" class="mono" placeholder="2020-05-01 07:03:00" autocomplete="off" .value=${live(picker.from)} @input=${(/** @type {Event} */ e) => { picker.from = value(e); }} @keydown=${key}>
    <label for="time-to">To, not included</label>
    <input id="time-to" class="mono" placeholder="2020-05-01 07:17:00" autocomplete="off" .value=${live(picker.to)} @input=${(/** @type {Event} */ e) => { picker.to = value(e); }} @keydown=${key}>
    <p role="alert">${picker.error ? state('bad', 'bad', picker.error) : nothing}</p>
    <div class="pair">
      <button type="button" class="small" id="time-clear" @click=${() => setRange({ from: '', to: '' })}>Clear</button>
      <button type="button" class="small" id="time-apply" @click=${writeRange}>Search this range</button>
    </div>
  </div>
</div>`;
