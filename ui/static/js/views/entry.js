// @ts-check
// An open entry: its fields, each value with include and exclude.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { copy } from '../copy.js';
import { plural } from '../format.js';
import { icon, state } from '../icons.js';
import { opened, reload } from '../opened.js';
import { exclude, fieldTerm, include } from '../query.js';
import { href, route } from '../route.js';
import { ask } from '../search.js';
import { drawn, isLong } from '../segments.js';
import * as hex from './hex.js';
import * as tree from './tree.js';

/** @import {Detail, Entry, Segment} from '../types.js' */

/** @param {Segment[]} v */
const plain = (v) => v.map((s) => s.t).join('');

/** @param {string} name @param {string} text */
const term = (name, text) => fieldTerm(name, text);

/** @param {string} name @param {Segment[]} v @param {number} i */
function value(name, v, i) {
  const text = plain(v);
  return html`<div class="field" data-field=${name}>
    <dt>${i === 0 ? name : nothing}</dt>
    <dd class=${isLong(text) ? 'long' : ''} tabindex=${isLong(text) ? 0 : nothing}>${drawn(v, { lines: true })}</dd>
    ${text ? html`<dd class="do">
      <button class="quiet small square" data-do="include" aria-label="Only ${name}: ${text}" @click=${() => ask(include(route.q, term(name, text)))}>${icon('plus')}</button>
      <button class="quiet small square" data-do="exclude" aria-label="Without ${name}: ${text}" @click=${() => ask(exclude(route.q, term(name, text)))}>${icon('minus')}</button>
      <button class="quiet small square" data-do="copy" aria-label="Copy ${name}: ${text}" @click=${() => void copy(text, name)}>${icon('copy')}</button>
    </dd>` : nothing}
  </div>`;
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
const link = (e) => location.origin + href({ entry: e.id, q: route.q });

/** @param {Entry} e */
export function render(e) {
  const { full } = opened;
  return html`<div class="detail">
    <div class="tabs">
      <b>${full ? plural(full.details.length, 'field') : 'Fields'}</b><span class="dim from" title=${origin(e)}>${origin(e)}</span>
      <span class="grow"></span>
      <button class="quiet small" data-do="copy-line" @click=${() => void copy((full ?? e).raw, 'Line')}>${icon('copy')}Copy line</button>
      <button class="quiet small" data-do="copy-link" @click=${() => void copy(link(e), 'Link')}>${icon('link')}Copy link</button>
      ${route.entry ? nothing : html`<a class="button quiet small" href=${href({ ...route, entry: e.id, open: '' })} data-do="open-link">${icon('right')}Open alone</a>`}
    </div>
    ${opened.error ? html`<p>${state('bad', 'bad', opened.error)} <button class="small" @click=${reload}>Try again</button></p>` : nothing}
    ${full?.layers ? html`<div class="both">${tree.render()}${hex.render()}</div>` : nothing}
    ${full ? html`<dl>${full.details.map(field)}</dl>` : nothing}
  </div>`;
}
