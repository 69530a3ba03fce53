// @ts-check
// Quick ranges, from and to, and the zone that times are shown in.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { zone } from '../format.js';
import { state } from '../icons.js';
import { picker, setRange, setZone, togglePicker, writeRange } from '../picker.js';
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

/** Arrows walk through the ranges. @param {KeyboardEvent} e */
function walk(e) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (!by) return;
  const all = [.../** @type {Element} */ (e.currentTarget).querySelectorAll('button')];
  const i = all.findIndex((b) => b === document.activeElement);
  all[(i + by + all.length) % all.length].focus();
  e.preventDefault();
}

/** A focus that leaves the panel closes it. @param {FocusEvent} e */
function leave(e) {
  const panel = /** @type {HTMLElement} */ (e.currentTarget);
  const to = e.relatedTarget;
  if (to instanceof Node && !panel.contains(to) && to !== document.getElementById('time')) togglePicker(false);
}

/** @param {string} tz @param {unknown} name */
const zoned = (tz, name) => html`<button type="button" data-zone=${tz || 'utc'} aria-pressed=${route.tz === tz ? 'true' : 'false'} @click=${() => setZone(tz)}>${name}</button>`;

/** What the browser's zone is called. */
function here() {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone.split('/').at(-1)?.replaceAll('_', ' ');
  return name && name !== 'UTC' ? name : 'Local';
}

export const render = () => html`<div class="time-panel" id="time-panel" role="dialog" aria-label="Time range, ${zone()}" @focusout=${leave}>
  <ul class="ranges" @keydown=${walk}>
    ${quick.map(([from, name]) => html`<li><button type="button" class="quiet" data-range=${from} aria-pressed=${route.from === from && !route.to ? 'true' : 'false'} @click=${() => setRange({ from, to: '' })}>${name}</button></li>`)}
    <li><button type="button" class="quiet" data-range="all" aria-pressed=${!route.from && !route.to ? 'true' : 'false'} @click=${() => setRange({ from: '', to: '' })}>All time</button></li>
  </ul>
  <div class="between">
    <label for="time-from">From, ${zone()}</label>
    <input id="time-from" class="mono" placeholder="2020-05-01 07:03:00" autocomplete="off" .value=${live(picker.from)} @input=${(/** @type {Event} */ e) => { picker.from = value(e); }} @keydown=${key}>
    <label for="time-to">To, not included</label>
    <input id="time-to" class="mono" placeholder="now" autocomplete="off" .value=${live(picker.to)} @input=${(/** @type {Event} */ e) => { picker.to = value(e); }} @keydown=${key}>
    <p role="alert">${picker.error ? state('bad', 'bad', picker.error) : nothing}</p>
    <div class="pair">
      <button type="button" class="small" id="time-clear" @click=${() => setRange({ from: '', to: '' })}>Clear</button>
      <button type="button" class="small" id="time-apply" @click=${writeRange}>Search this range</button>
    </div>
    <div class="zones"><span class="dim" id="zone-name">Times in</span>
      <div class="choice" role="group" aria-labelledby="zone-name">${zoned('', 'UTC')}${zoned('local', here())}</div></div>
  </div>
</div>`;
