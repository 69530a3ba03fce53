// @ts-check
// Members of an action in its form: templates, numbers, and what is wrong with them.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { edit, editor, faultAt, reason } from '../editor.js';
import { icon, state } from '../icons.js';
import { href } from '../route.js';
import { templateFocused } from '../templates.js';
import { value } from './inputs.js';
import * as underline from './underline.js';

/** @import {Action} from '../types.js' */

/** The members that are one text. @typedef {'query'|'saved'|'from'|'to'|'host'|'port'|'peer'|'peer_port'|'protocol'|'before'|'after'|'url'|'method'|'body'|'body_type'|'timeout'|'text'|'description'|'open'} TextKey */

/** @param {number} i @param {TextKey} key @param {string} v */
export const setText = (i, key, v) => edit((d) => {
  if (v) d.actions[i][key] = v;
  else delete d.actions[i][key];
});

/** @param {number} i @param {'width'|'height'|'max_packets'|'max_bytes'|'max_answer'} key @param {string} v */
export const setNumber = (i, key, v) => edit((d) => {
  const n = Number(v);
  if (v.trim() && Number.isFinite(n)) d.actions[i][key] = Math.round(n);
  else delete d.actions[i][key];
});

/** @param {number} i @param {string} field */
export function problem(i, field) {
  const f = faultAt({ action: i, field });
  return f ? html`<p class="problem" id="action-problem-${field}" role="alert" data-column=${f.column ?? nothing}>${state('bad', 'bad', f.column ? `Column ${f.column}` : 'Here')} <span>${reason(f)}</span></p>` : nothing;
}

/**
 * An input of a template, wide or short.
 * @param {Action} a @param {number} i @param {TextKey} key @param {string} label
 * @param {{hint?: string, short?: boolean, list?: string}} [o]
 */
export function template(a, i, key, label, { hint = '', short = false, list } = {}) {
  const bad = faultAt({ action: i, field: key });
  const id = `action-${i}-${key}`;
  return html`<label class="line ${short ? 'short-line' : ''}" for=${id}>${label}</label>
    <span class="code ${short ? 'short-code' : ''}">${underline.render(a[key] ?? '', bad?.column)}<input id=${id} class="mono" name=${key} placeholder=${hint} list=${list ?? nothing} spellcheck="false" autocomplete="off" aria-invalid=${bad ? 'true' : 'false'} aria-describedby=${bad ? `action-problem-${key}` : nothing}
      .value=${live(a[key] ?? '')} @focus=${templateFocused} @input=${(/** @type {Event} */ e) => setText(i, key, value(e))}></span>${problem(i, key)}`;
}

/** @param {Action} a @param {number} i @param {'width'|'height'|'max_packets'|'max_bytes'|'max_answer'} key @param {string} label @param {string} unit */
export const number = (a, i, key, label, unit) => html`<label class="line" for="action-${i}-${key}">${label}</label>
  <span class="pair"><input id="action-${i}-${key}" name=${key} type="number" min="0" class="count" placeholder=${key === 'width' || key === 'height' ? '80' : 'any'} .value=${live(String(a[key] ?? ''))} @input=${(/** @type {Event} */ e) => setNumber(i, key, value(e))}> ${unit}</span>${problem(i, key)}`;

/** Whether its hosts are on the allow list. @param {number} i */
export function hosts(i) {
  const all = editor.leaves.filter((l) => l.action === i);
  if (!all.length) return nothing;
  return html`<span></span><p class="leave">${all.map((l) => html`<span class="badge leaves">${icon('out')}goes to ${l.host}</span>
    ${l.allowed ? html`<span class="dim">on the allow list</span>` : html`<a href=${href({ view: 'actionables', show: 'hosts', q: l.host })} data-allow=${l.host}>Not on the allow list: allow it…</a>`}`)}</p>`;
}
