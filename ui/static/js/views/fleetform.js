// @ts-check
// The fleet form, in a dialog.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { update } from '../app.js';
import { around, form, setFilter, setWindow, submit, take, used, wholeSearch, writeWindow } from '../form.js';
import { count, plural, size, zone } from '../format.js';
import { icon, state } from '../icons.js';
import { closeDialog } from '../overlay.js';
import { href } from '../route.js';
import { written } from '../times.js';
import * as formsensors from './formsensors.js';
import * as underline from './underline.js';

/** @param {Event} e */
const value = (e) => /** @type {HTMLInputElement} */ (e.target).value;

/** @param {Partial<typeof form>} part */
function set(part) {
  Object.assign(form, part);
  update();
}

/** @param {string} id @param {string} text */
const problem = (id, text) => text ? html`<p class="problem" id=${id}>${state('bad', 'bad', text)}</p>` : nothing;

function filter() {
  const { filterError: bad } = form;
  return html`<label for="filter">Filter</label>
    <div>
      <div class="code">
        ${underline.render(form.filter, bad?.column)}
        <textarea id="filter" class="mono" name="query" rows="1" spellcheck="false" autocomplete="off" aria-describedby="sent" aria-invalid=${bad ? 'true' : 'false'}
          placeholder="everything in the window" .value=${live(form.filter)} @input=${(/** @type {Event} */ e) => setFilter(value(e))} @keydown=${oneLine}></textarea>
      </div>
      ${pivots()}
      <div id="sent" class="hint">${bad
    ? html`<span class="problem" data-error="filter">${state('bad', 'bad', bad.column ? `Column ${bad.column}` : 'Filter')} <span>${bad.message}</span></span>`
    : formsensors.sent() ?? html`For example: <span class="mono">host 8.8.8.8 and not port 53</span>`}</div>
    </div>`;
}

/** What the line suggests. */
function pivots() {
  const all = form.pivots?.pivots ?? [];
  if (!all.length) return nothing;
  return html`<div class="choice pivots" role="group" aria-label="Take from the line">
    ${all.map((p) => html`<button type="button" data-pivot=${p.id} aria-pressed=${p.filter === form.filter.trim() ? 'true' : 'false'} title=${p.filter} @click=${() => take(p)}>${p.label}</button>`)}
  </div>`;
}

/** Enter in the filter submits; the text has no lines. @param {KeyboardEvent} e */
function oneLine(e) {
  if (e.key !== 'Enter' || e.isComposing) return;
  e.preventDefault();
  void submit();
}

/** @param {string} text @param {{from: string, to: string}} w @param {string} label */
const widen = (text, w, label) => html`<button type="button" data-window=${text} aria-label=${label} aria-pressed=${form.from === w.from && form.to === w.to ? 'true' : 'false'} @click=${() => setWindow(w.from, w.to)}>${text}</button>`;

function span() {
  const both = (/** @type {Event} */ e) => [.../** @type {HTMLElement} */ (e.target).closest('.pair')?.querySelectorAll('input') ?? []].map((i) => i.value);
  // What is being written must outlast the answers that come meanwhile.
  const type = (/** @type {Event} */ e) => { const [from, to] = both(e); form.written = { from, to }; };
  const write = (/** @type {Event} */ e) => { const [from, to] = both(e); writeWindow(from, to); };
  // The filter may hold times of its own.
  const [from, to] = [form.all?.from, form.all?.to].map((t) => t ? written(t) : 'any time');
  const whole = wholeSearch();
  const margins = form.pivots?.margins ?? [60, 300, 1800];
  return html`<label for="window-from">Window, ${zone()}</label>
    <div>
      <div class="pair">
        <input id="window-from" class="mono when" autocomplete="off" .value=${live(form.written?.from ?? written(form.from))} placeholder=${from} @input=${type} @change=${write}>
        <span class="dim">to</span>
        <input id="window-to" class="mono when" autocomplete="off" .value=${live(form.written?.to ?? written(form.to))} placeholder=${to} aria-label="Window to, ${zone()}" @input=${type} @change=${write}>
        ${form.time ? html`<div class="choice" role="group" aria-label="Around the line">
          ${margins.map((s, i) => widen(`± ${s / 60}${i ? '' : ' min'}`, around(s), `± ${s / 60} min around the line`))}
          ${whole ? widen('Whole search', whole, 'The whole search') : nothing}
        </div>` : nothing}
      </div>
      ${problem('window-problem', form.windowError)}
    </div>`;
}

function source() {
  const in_use = used();
  return html`<label for="source">Source number</label>
    <div>
      <div class="pair">
        <input id="source" class="short" name="source" inputmode="numeric" autocomplete="off" .value=${live(form.source)} aria-invalid=${form.sourceError ? 'true' : 'false'} aria-describedby="source-problem"
          @input=${(/** @type {Event} */ e) => set({ source: value(e), sourceError: '', reuse: false })}>
        ${!/^\d+$/.test(form.source.trim()) ? nothing : in_use
    ? html`${state('warn', 'warn', `in use: ${plural(in_use.entries, 'entry')}${in_use.job ? `, job ${in_use.job}` : ''}`)}
            <label><input type="checkbox" name="reuse" .checked=${live(form.reuse)} @change=${(/** @type {Event} */ e) => set({ reuse: /** @type {HTMLInputElement} */ (e.target).checked, sourceError: '' })}>Add to them</label>`
    : state('ok', 'ok', 'free')}
        <label class="named">Name <input id="job-name" name="name" autocomplete="off" .value=${live(form.name)} @input=${(/** @type {Event} */ e) => set({ name: value(e) })}></label>
        <span class="dim">Find them with <span class="mono">src:${form.source.trim() || 'N'}</span></span>
      </div>
      ${problem('source-problem', form.sourceError)}
    </div>`;
}

/** @param {'packets'|'megabytes'|'minutes'|'snap'} name @param {string} unit @param {string} [label] */
const limit = (name, unit, label) => html`<input id=${name} class="short" name=${name} inputmode="numeric" autocomplete="off" aria-label=${label ?? nothing} placeholder=${name === 'snap' ? 'all' : nothing}
  .value=${live(form[name])} @input=${(/** @type {Event} */ e) => set({ [name]: value(e), limitError: '' })}><span class="dim">${unit}</span>`;

const limits = () => html`<label for="packets">Limits</label>
  <div>
    <div class="pair">
      ${limit('packets', 'packets,')}${limit('megabytes', 'MB,', 'MB from each sensor')}${limit('minutes', 'minutes, for each sensor', 'Minutes for each sensor')}
      ${formsensors.anyLive() ? limit('snap', 'bytes of each packet', 'Bytes of each packet that live sensors capture') : nothing}
    </div>
    ${problem('limit-problem', form.limitError)}
  </div>`;

const about = () => html`<label for="reason">Reason</label>
  <div class="pair">
    <input id="reason" class="grow" name="reason" autocomplete="off" placeholder="Kept with the job" .value=${live(form.reason)} @input=${(/** @type {Event} */ e) => set({ reason: value(e) })}>
    <label class="named">Who <input id="who" name="who" autocomplete="off" .value=${live(form.who)} @input=${(/** @type {Event} */ e) => set({ who: value(e) })}></label>
  </div>`;

/** What it is likely to cost, or why it was not sent. */
function foot() {
  if (form.problem) return state('bad', 'bad', form.problem);
  const p = form.picked;
  if (!p?.packets) return nothing;
  const time = p.seconds && p.seconds >= 1 ? `, ${Math.round(p.seconds)} s` : '';
  return html`<span class="dim" id="cost">About ${plural(p.packets, 'packet')}${p.bytes ? `, ${size(p.bytes)}` : ''}${time}${p.basis ? `, ${p.basis}` : ''}</span>`;
}

/** The packets may be here already. */
function same() {
  const j = form.picked?.same_job;
  if (!j) return nothing;
  const ended = j.state === 'done';
  return html`<p class="clock" id="same-job">${icon('ok')}<span>Job ${j.id} ${ended ? `has these packets, ${count(j.packets ?? 0)} of them` : 'is fetching these packets now'}: <a href=${href({ q: `src:${j.source}` })} @click=${closeDialog}>open src:${j.source}</a></span></p>`;
}

function button() {
  const n = form.chosen.size;
  if (form.sending) return 'Sending…';
  if (!n) return 'Fetch packets';
  const from = plural(n, 'sensor');
  if (form.picked?.same_job) return `Fetch again from ${from}`;
  return formsensors.gone() ? `Ask ${from} anyway` : `Fetch from ${from}`;
}

export function render() {
  return html`<form @submit=${(/** @type {Event} */ e) => { e.preventDefault(); void submit(); }}
    @keydown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); void submit(); } }}>
    <div class="head">
      <h2 id="form-title">${form.title}</h2>
      ${form.line ? html`<p class="dim">from <span class="mono">${form.line}</span></p>` : nothing}
      <button type="button" class="quiet square" aria-label="Close" @click=${closeDialog}>${icon('close')}</button>
    </div>
    <div class="form-lines">
      ${filter()}${span()}
      <span id="sensors-label">Sensors</span>
      <div id="sensors" role="group" aria-labelledby="sensors-label" tabindex="-1">${formsensors.render()}${same()}</div>
      ${source()}${limits()}${about()}
    </div>
    <div class="foot">
      <p role="alert">${foot()}</p>
      <button type="button" id="form-cancel" @click=${closeDialog}>Cancel <kbd>Esc</kbd></button>
      <button class="primary" id="form-submit" autofocus aria-disabled=${form.sending ? 'true' : 'false'}>${button()} <kbd>Ctrl ↵</kbd></button>
    </div>
  </form>`;
}
