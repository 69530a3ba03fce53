// @ts-check
// The form of one action: its kind, and all that this kind has.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { become, edit, faultAt } from '../editor.js';
import { icon } from '../icons.js';
import { templateFocused, insert, placeholders } from '../templates.js';
import * as condition from './condition.js';
import * as request from './requestform.js';
import { choice, listed, ticked, value } from './inputs.js';
import { hosts, number, problem, setText, template } from './members.js';

/** @import {Action} from '../types.js' */

/** @type {[string, string][]} */
const kinds = [['search', 'Search'], ['saved', 'Saved'], ['packets', 'Packets'], ['url', 'Link'], ['webhook', 'Request'], ['copy', 'Copy']];

/** @param {Action} a @param {number} i */
const range = (a, i) => html`${template(a, i, 'from', 'From', { hint: 'as the page' })}${template(a, i, 'to', 'To', { hint: 'as the page' })}`;

/** @param {Action} a @param {number} i @param {string} what */
const fallbacks = (a, i, what) => html`${(a.fallbacks ?? []).map((f, n) => html`<label class="line" for="fallback-${n}">Else</label>
    <span class="pair grow"><input id="fallback-${n}" class="mono grow" name="fallback" spellcheck="false" autocomplete="off" .value=${live(f)} @focus=${templateFocused} @input=${(/** @type {Event} */ e) => edit((d) => { const all = d.actions[i].fallbacks; if (all) all[n] = value(e); })}>
      <button type="button" class="quiet small square" aria-label="Remove fallback ${n + 1}" @click=${() => edit((d) => { d.actions[i].fallbacks?.splice(n, 1); if (!d.actions[i].fallbacks?.length) delete d.actions[i].fallbacks; })}>${icon('close')}</button></span>`)}
  ${problem(i, 'fallbacks')}
  <span></span><span><button type="button" class="quiet small" id="add-fallback" title="Taken when a placeholder above it has no value" @click=${() => edit((d) => { d.actions[i].fallbacks = [...d.actions[i].fallbacks ?? [], '']; })}>${icon('plus')}Another ${what}, where this can't be filled in</button></span>`;

/** @param {Action} a @param {number} i */
function packets(a, i) {
  const fixed = a.from !== undefined || a.to !== undefined;
  const turn = (/** @type {string} */ v) => edit((d) => {
    const x = d.actions[i];
    if (v === 'fixed') [x.before, x.after, x.from, x.to] = [undefined, undefined, '{time-5m}', '{time+duration+5m}'];
    else [x.before, x.after, x.from, x.to] = ['5m', '5m', undefined, undefined];
  });
  return html`${template(a, i, 'host', 'Host', { hint: '{value}', short: true })}${template(a, i, 'port', 'Port', { hint: 'any', short: true })}
    ${template(a, i, 'peer', 'Other host', { hint: 'any', short: true })}${template(a, i, 'peer_port', 'Its port', { hint: 'any', short: true })}
    ${template(a, i, 'protocol', 'Protocol', { hint: 'any', short: true })}
    <span class="line">Window</span><span>${choice({ label: 'Window of the packets', of: [['line', 'Around the line'], ['fixed', 'From, to']], now: fixed ? 'fixed' : 'line', choose: turn })}</span>
    ${fixed ? html`${template(a, i, 'from', 'From', { short: true })}${template(a, i, 'to', 'To', { short: true })}` : html`${template(a, i, 'before', 'Before', { hint: '5m', short: true })}${template(a, i, 'after', 'After', { hint: '5m', short: true })}`}
    <label class="line" for="action-${i}-sensors">Sensors</label><span class="grow">${listed({ id: `action-${i}-sensors`, list: a.sensors, hint: 'all', change: (l) => edit((d) => { d.actions[i].sensors = l.length ? l : undefined; }) })}</span>
    ${problem(i, 'sensors')}
    ${number(a, i, 'max_packets', 'At most', 'packets')}${number(a, i, 'max_bytes', 'and', 'bytes')}`;
}

/** @param {Action} a @param {number} i */
function link(a, i) {
  return html`${template(a, i, 'url', 'URL', { hint: 'https://inventory.example/host/{value}' })}${hosts(i)}
    ${fallbacks(a, i, 'URL')}
    <span class="line">Opens in</span><span>${choice({ label: 'Where it opens', of: [['tab', 'a new tab'], ['modal', 'this page']], now: a.open || 'tab', choose: (v) => edit((d) => { d.actions[i].open = v; if (v === 'tab') [d.actions[i].width, d.actions[i].height] = [undefined, undefined]; }) })}</span>
    ${problem(i, 'open')}
    ${a.open === 'modal' ? html`${number(a, i, 'width', 'Width', '% of the window')}${number(a, i, 'height', 'Height', '% of the window')}` : nothing}`;
}

/** @type {Record<string, (a: Action, i: number) => unknown>} */
const needs = {
  search: (a, i) => html`${template(a, i, 'query', 'Query', { hint: '{value}' })}${fallbacks(a, i, 'query')}${range(a, i)}`,
  saved: (a, i) => html`${template(a, i, 'saved', 'Saved search', { hint: 'its name', list: 'saved-names' })}<datalist id="saved-names">${placeholders.saved.map((s) => html`<option value=${s}></option>`)}</datalist>${range(a, i)}`,
  packets,
  url: link,
  webhook: request.render,
  copy: (a, i) => html`${template(a, i, 'text', 'Text', { hint: '{value|defang}' })}${fallbacks(a, i, 'text')}`,
  kept: (a) => html`<p class="span dim">An action of another program that has no counterpart here. It is kept as it is and goes back with an export${a.description ? html`: ${a.description}` : ''}.</p>`,
};

/** @param {Action} a @param {number} i */
export const render = (a, i) => html`<div class="pair first">
    <label>Name <input id="action-${i}" name="name" class="name" autocomplete="off" ?readonly=${a.kind === 'kept'} aria-invalid=${faultAt({ action: i, field: 'name' }) ? 'true' : 'false'} .value=${live(a.name)} @input=${(/** @type {Event} */ e) => edit((d) => { d.actions[i].name = value(e); })}></label>
    ${a.kind === 'kept' ? nothing : html`<label><input type="checkbox" id="action-on" .checked=${live(!a.disabled)} @change=${(/** @type {Event} */ e) => edit((d) => { if (ticked(e)) delete d.actions[i].disabled; else d.actions[i].disabled = true; })}> On</label>
      ${choice({ label: `Kind of action ${i + 1}`, of: kinds, now: a.kind, choose: (k) => become(i, k) })}`}
  </div>
  ${problem(i, 'name')}
  <div class="needs ${a.kind === 'packets' ? 'two' : ''}">${needs[a.kind]?.(a, i)}
    ${a.kind === 'kept' ? nothing : html`<span class="line dim">Insert</span><span class="inserts">${placeholders.all.map(([text, says]) => html`<button type="button" class="small mono" title=${says} @click=${() => insert(text)}>${text}</button>`)}</span>
      <label class="line" for="action-${i}-description">Description</label><input id="action-${i}-description" name="description" autocomplete="off" placeholder="shown in the menu" .value=${live(a.description ?? '')} @input=${(/** @type {Event} */ e) => setText(i, 'description', value(e))}>
      <span class="line">But only if</span>${condition.render(a.when, i)}`}
  </div>`;
