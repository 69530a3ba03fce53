// @ts-check
// The form of an action that sends a request from the server.

import { html } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { edit, faultAt } from '../editor.js';
import { icon } from '../icons.js';
import { templateFocused } from '../templates.js';
import { choice, value } from './inputs.js';
import { hosts, number, problem, setText, template } from './members.js';
import * as underline from './underline.js';

/** @import {Action} from '../types.js' */

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/** @param {{name: string, value: string}} h @param {number} n @param {number} i */
const header = (h, n, i) => html`<span class="line">Header</span><span class="pair grow">
    <input class="mono" name="header" aria-label="Name of header ${n + 1}" placeholder="X-Api-Key" autocomplete="off" spellcheck="false" .value=${live(h.name)} @input=${(/** @type {Event} */ e) => edit((d) => { const all = d.actions[i].headers; if (all) all[n].name = value(e); })}>
    <input class="mono grow" name="header-value" aria-label="Value of header ${n + 1}" autocomplete="off" spellcheck="false" .value=${live(h.value)} @focus=${templateFocused} @input=${(/** @type {Event} */ e) => edit((d) => { const all = d.actions[i].headers; if (all) all[n].value = value(e); })}>
    <button type="button" class="quiet small square" aria-label="Remove header ${n + 1}" @click=${() => edit((d) => { d.actions[i].headers?.splice(n, 1); if (!d.actions[i].headers?.length) delete d.actions[i].headers; })}>${icon('close')}</button></span>`;

/** @param {Action} a @param {number} i */
export function render(a, i) {
  const bad = faultAt({ action: i, field: 'body' });
  const method = a.method || (a.body ? 'POST' : 'GET');
  return html`${template(a, i, 'url', 'URL', { hint: 'https://tickets.example/new' })}${hosts(i)}
    <label class="line" for="action-${i}-method">Method</label><span><select id="action-${i}-method" name="method" @change=${(/** @type {Event} */ e) => setText(i, 'method', value(e))}>
      ${methods.map((m) => html`<option value=${m} ?selected=${m === method}>${m}</option>`)}</select></span>
    ${problem(i, 'method')}
    ${(a.headers ?? []).map((h, n) => header(h, n, i))}
    ${problem(i, 'headers')}
    <span></span><span><button type="button" class="quiet small" id="add-header" @click=${() => edit((d) => { d.actions[i].headers = [...d.actions[i].headers ?? [], { name: '', value: '' }]; })}>${icon('plus')}Header</button></span>
    <span class="line">Body is</span><span>${choice({ label: 'Type of the body', of: [['json', 'JSON'], ['form', 'form'], ['text', 'text']], now: a.body_type || 'json', choose: (v) => setText(i, 'body_type', v) })}</span>
    ${problem(i, 'body_type')}
    <label class="line" for="action-${i}-body">Body</label><span class="code">${underline.render(a.body ?? '', bad?.column)}<textarea id="action-${i}-body" name="body" class="mono" rows="3" spellcheck="false" aria-invalid=${bad ? 'true' : 'false'} .value=${live(a.body ?? '')} @focus=${templateFocused} @input=${(/** @type {Event} */ e) => setText(i, 'body', value(e))}></textarea></span>
    ${problem(i, 'body')}
    ${template(a, i, 'timeout', 'Wait', { hint: '10s', short: true })}
    ${number(a, i, 'max_answer', 'Read', 'bytes of the answer at most')}`;
}
