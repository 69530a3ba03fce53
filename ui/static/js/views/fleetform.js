// @ts-check
// The fleet form, in a dialog.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { update } from '../app.js';
import { around, before, form, setFilter, submit, timeWindow, used, writeWindow } from '../form.js';
import { plural } from '../format.js';
import { icon, state } from '../icons.js';
import { closeDialog } from '../overlay.js';
import { href } from '../route.js';
import { written } from '../times.js';
import * as underline from './underline.js';

/** @import {Sensor} from '../types.js' */

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
          .value=${live(form.filter)} @input=${(/** @type {Event} */ e) => setFilter(value(e))} @keydown=${oneLine}></textarea>
      </div>
      <div id="sent" class="hint">${bad
    ? html`<span class="problem" data-error="filter">${state('bad', 'bad', bad.column ? `Column ${bad.column}` : 'Filter')} ${bad.message}</span>`
    : form.canonical ? html`${sent()}${same()}` : 'For example: host 8.8.8.8 and port 53'}</div>
    </div>`;
}

/** What goes to the sensors: often just what is written. */
function sent() {
  const as = form.canonical;
  return as === form.filter.trim() ? html`<span data-sent=${as}>${state('ok', 'ok', 'Sent as it is written')}</span>` : html`Sent: <span class="mono" data-sent=${as}>${as}</span>`;
}

/** The packets may be here already. */
function same() {
  const j = before();
  return j ? html`<br><span id="same-job">Job ${j.id} has these packets: <a href=${href({ q: `src:${j.source}` })} @click=${closeDialog}>open src:${j.source}</a></span>` : nothing;
}

/** Enter in the filter submits; the text has no lines. @param {KeyboardEvent} e */
function oneLine(e) {
  if (e.key !== 'Enter' || e.isComposing) return;
  e.preventDefault();
  void submit();
}

function span() {
  const w = timeWindow();
  const write = (/** @type {Event} */ e) => {
    const box = /** @type {HTMLElement} */ (e.target).closest('.pair');
    const [from, to] = [...box?.querySelectorAll('input') ?? []].map((i) => i.value);
    writeWindow(from, to);
  };
  return html`<label for="window-from">Window, UTC</label>
    <div>
      <div class="pair">
        <input id="window-from" class="mono when" .value=${live(form.written?.from ?? (w ? written(w.from) : ''))} placeholder="any time" @change=${write}>
        <span class="dim">to</span>
        <input id="window-to" class="mono when" .value=${live(form.written?.to ?? (w ? written(w.to) : ''))} placeholder="any time" aria-label="Window to, UTC" @change=${write}>
        ${form.time ? html`<div class="choice" role="group" aria-label="Around the line">
          ${[1, 5, 30].map((m) => html`<button type="button" aria-label="± ${m}${m === 1 ? ' min' : ''}, around the line's time" @click=${() => around(m)}>± ${m}${m === 1 ? ' min' : ''}</button>`)}
        </div>` : nothing}
      </div>
      ${problem('window-problem', form.windowError)}
    </div>`;
}

/** @param {Sensor} s */
const sensor = (s) => html`<li><label><input type="checkbox" name="sensor" value=${s.id} .checked=${live(form.chosen.has(s.id))}
  @change=${() => { form.chosen.delete(s.id) || form.chosen.add(s.id); update(); }}><b>${s.name}</b></label> <span class="dim">${s.kind}, ${s.url}</span></li>`;

function sensors() {
  const all = form.sensors;
  return html`<span id="sensors-label">Sensors</span>
    <div id="sensors" role="group" aria-labelledby="sensors-label" tabindex="-1">
      ${!all ? html`<p class="hint">Asking which there are…</p>` : nothing}
      ${all?.length ? html`<ul class="sensor-list">${all.map(sensor)}</ul>` : nothing}
      ${all && !all.length ? html`<p class="clock">${icon('warn')}<span>${form.sensorsError || html`No sensors yet: add one under <code>sensor:</code> in the configuration file of <code>spoor serve</code>.`}</span></p>` : nothing}
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

const limits = () => html`<label for="packets">Limits</label>
  <div>
    <div class="pair">
      <input id="packets" class="short" name="packets" inputmode="numeric" .value=${live(form.packets)} @input=${(/** @type {Event} */ e) => set({ packets: value(e), limitError: '' })}><span class="dim">packets,</span>
      <input id="megabytes" class="short" name="bytes" inputmode="numeric" aria-label="MB from each sensor" .value=${live(form.megabytes)} @input=${(/** @type {Event} */ e) => set({ megabytes: value(e), limitError: '' })}><span class="dim">MB, from each sensor</span>
    </div>
    ${problem('limit-problem', form.limitError)}
  </div>`;

export function render() {
  const n = form.chosen.size;
  return html`<form @submit=${(/** @type {Event} */ e) => { e.preventDefault(); void submit(); }}
    @keydown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); void submit(); } }}>
    <div class="head">
      <h2 id="form-title">${form.title}</h2>
      ${form.from ? html`<p class="dim">from <span class="mono">${form.from}</span></p>` : nothing}
      <button type="button" class="quiet square" aria-label="Close" @click=${closeDialog}>${icon('close')}</button>
    </div>
    <div class="form-lines">
      ${filter()}${span()}${sensors()}${source()}${limits()}
      <label for="reason">Reason</label>
      <input id="reason" name="reason" autocomplete="off" placeholder="Kept with the job" .value=${live(form.reason)} @input=${(/** @type {Event} */ e) => set({ reason: value(e) })}>
    </div>
    <div class="foot">
      <p role="alert">${form.problem ? state('bad', 'bad', form.problem) : nothing}</p>
      <button type="button" id="form-cancel" @click=${closeDialog}>Cancel <kbd>Esc</kbd></button>
      <button class="primary" id="form-submit" autofocus aria-disabled=${form.sending ? 'true' : 'false'}>${form.sending ? 'Sending…' : n ? `Fetch from ${plural(n, 'sensor')}` : 'Fetch packets'} <kbd>Ctrl ↵</kbd></button>
    </div>
  </form>`;
}

