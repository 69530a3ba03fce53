// @ts-check
// An open entry: its fields, each value with what can be done with it, or the lines around it.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { context } from '../context.js';
import { copy } from '../copy.js';
import { count, plural } from '../format.js';
import { icon, state } from '../icons.js';
import { opened, reload, showTab, toggleTop } from '../opened.js';
import { exclude, existsTerm, valueTerm, include } from '../query.js';
import { href, route } from '../route.js';
import { ask } from '../search.js';
import { drawn, isLong, visible } from '../segments.js';
import * as around from './context.js';
import * as hex from './hex.js';
import * as tree from './tree.js';

/** @import {Detail, Entry, Segment} from '../types.js' */
/** @import {IconName} from '../icons.js' */

/** @param {Segment[]} v */
const plain = (v) => v.map((s) => s.t).join('');

/** @param {string} hook @param {IconName} name @param {string} label @param {() => void} does @param {string} [pressed] */
const button = (hook, name, label, does, pressed) => html`<button class="quiet small square" data-do=${hook} aria-label=${label} title=${label} aria-expanded=${pressed ?? nothing} @click=${does}>${icon(name)}</button>`;

/** @param {string} name @param {Segment[]} v @param {number} i */
function value(name, v, i) {
  const text = plain(v);
  const short = text.length > 60 ? text.slice(0, 60) + '…' : text;
  return html`<div class="field" data-field=${name}>
    <dt>${i === 0 ? name : nothing}</dt>
    <dd class=${isLong(text) ? 'long' : ''} tabindex=${isLong(text) ? 0 : nothing}>${drawn(v, { lines: true })}</dd>
    ${text ? html`<dd class="do">
      ${button('include', 'plus', `Only ${name}: ${short}`, () => ask(include(route.q, valueTerm(name, text))))}
      ${button('exclude', 'minus', `Without ${name}: ${short}`, () => ask(exclude(route.q, valueTerm(name, text))))}
      ${i === 0 ? html`${button('exists', 'exists', `Only with a ${name}`, () => ask(include(route.q, existsTerm(name))))}
      ${button('top', 'top', `Top values of ${name}`, () => void toggleTop(name), opened.top?.name === name ? 'true' : 'false')}` : nothing}
      ${button('copy', 'copy', `Copy ${name}: ${short}`, () => void copy(text, name))}
    </dd>` : nothing}
    ${i === 0 && opened.top?.name === name ? top(opened.top) : nothing}
  </div>`;
}

/** @param {NonNullable<typeof opened.top>} t */
function top(t) {
  if (t.error) return html`<dd class="top-values">${state('bad', 'bad', t.error)}</dd>`;
  if (!t.found) return html`<dd class="top-values dim">Counting…</dd>`;
  const { values, distinct, distinct_exact: exact, with: having, total } = t.found;
  const most = Math.max(1, ...values.map((v) => v.count));
  return html`<dd class="top-values" data-top=${t.name}>
    <p class="dim">${exact === false ? 'At least ' : ''}${plural(distinct, 'value')}${values.length < distinct ? `, the top ${values.length}` : ''}; ${count(having)} of ${count(total)} results have it</p>
    <ul>${values.map((v) => html`<li><button class="quiet" data-value=${v.value} @click=${() => ask(include(route.q, valueTerm(t.name, v.value)))}>
      <span class="sr">Only ${t.name}: </span><span class="t">${visible(v.value)}</span><span class="n">${count(v.count)}</span></button>
      <svg class="bar" aria-hidden="true"><rect width="${100 * v.count / most}%" height="100%"/></svg></li>`)}</ul>
  </dd>`;
}

/** @param {Detail} d */
const field = (d) => d.values.map((v, i) => value(d.name, v, i));

/** Where the entry is from, as far as it is known. @param {Entry} e */
function origin(e) {
  const o = e.origin ?? {};
  const parts = [o.host && `host ${o.host}`, o.file && `file ${o.file}`, o.sensor && `sensor ${o.sensor}`, o.job && `job ${o.job}`, e.lossy && 'bytes that are no UTF-8 are shown as \ufffd'];
  return parts.filter(Boolean).join(' · ');
}

/** @param {Entry} e */
const link = (e) => location.origin + href({ entry: e.id, q: route.q, frozen: route.frozen });

/** Fields, or the lines around it. @param {number} n */
function tabs(n) {
  const one = (/** @type {string} */ tab, /** @type {unknown} */ name) => html`<button data-tab=${tab} aria-pressed=${opened.tab === tab ? 'true' : 'false'} @click=${() => showTab(tab)}>${name}</button>`;
  return html`<div class="choice" role="group" aria-label="Of this line">${one('fields', html`Fields <span class="dim">${n || nothing}</span>`)}${one('around', 'Lines around it')}</div>`;
}

/** @param {Entry} e */
export function render(e) {
  const { full } = opened;
  const alone = Boolean(route.entry);
  const fields = alone || opened.tab === 'fields';
  return html`<div class="detail">
    <div class="tabs">
      ${alone ? html`<b>${full ? plural(full.details.length, 'field') : 'Fields'}</b>` : tabs(full?.details.length ?? 0)}<span class="dim from" title=${origin(e)}>${origin(e)}</span>
      <span class="grow"></span>
      <button class="quiet small" data-do="copy-line" @click=${() => void copy((full ?? e).raw, 'Line')}>${icon('copy')}Copy line</button>
      <button class="quiet small" data-do="copy-link" @click=${() => void copy(link(e), 'Link')}>${icon('link')}Copy link</button>
      ${alone ? nothing : html`<a class="button quiet small" href=${href({ ...route, entry: e.id, open: '' })} data-do="open-link">${icon('right')}Open alone</a>`}
    </div>
    ${opened.error ? html`<p>${state('bad', 'bad', opened.error)} <button class="small" @click=${reload}>Try again</button></p>` : nothing}
    ${fields && full?.layers ? html`<div class="both">${tree.render()}${hex.render()}</div>` : nothing}
    ${fields && full ? html`<dl>${full.details.map(field)}</dl>` : nothing}
    ${context.id === e.id && (alone || !fields) ? html`${alone ? html`<h2>Lines around it</h2>` : nothing}${around.render(e)}` : nothing}
  </div>`;
}
