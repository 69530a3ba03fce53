// @ts-check
// One action in the editor: its kind, and what that kind needs.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { focusOn } from '../app.js';
import { action, edit } from '../editor.js';
import { icon } from '../icons.js';

/** @import {Action} from '../types.js' */

/** @type {[string, string][]} */
const kinds = [['search', 'Search'], ['packets', 'Packets'], ['url', 'Link']];

/** @param {Action} a @param {number} i @param {'query'|'url'|'host'|'port'|'before'|'after'} key @param {string} label @param {string} [hint] */
const text = (a, i, key, label, hint = '') => html`<label class=${key === 'query' || key === 'url' ? 'full' : ''}>${label} <input class="mono" name=${key} placeholder=${hint} spellcheck="false" autocomplete="off" .value=${live(a[key] ?? '')}
  @input=${(/** @type {Event} */ e) => edit((d) => { d.actions[i][key] = /** @type {HTMLInputElement} */ (e.target).value; })}></label>`;

/** @param {Action} a @param {number} i */
function needs(a, i) {
  if (a.kind === 'packets') return html`${text(a, i, 'host', 'Host')}${text(a, i, 'port', 'Port', 'any')}${text(a, i, 'before', 'From', '5m')} <span class="dim">before the line</span>${text(a, i, 'after', 'To', '5m')} <span class="dim">after it</span>`;
  if (a.kind === 'url') return html`${text(a, i, 'url', 'URL', 'https://inventory.example/host/{value}')}<span class="badge leaves">${icon('out')}leaves this host</span>`;
  return text(a, i, 'query', 'Query', '{value}');
}

/** @param {number} i @param {string} kind */
const become = (i, kind) => edit((d) => {
  if (d.actions[i].kind !== kind) d.actions[i] = action(kind, d.actions[i].name);
});

/** @param {number} i @param {number} by */
const shift = (i, by) => edit((d) => {
  const [a] = d.actions.splice(i, 1);
  d.actions.splice(i + by, 0, a);
});

/** @param {Action} a @param {number} i @param {Action[]} all */
export const render = (a, i, all) => html`<li>
  <fieldset>
    <legend class="sr">Action ${i + 1}: ${a.name}</legend>
    <label>Name <input id="action-${i}" class="name" autocomplete="off" .value=${live(a.name)} @input=${(/** @type {Event} */ e) => edit((d) => { d.actions[i].name = /** @type {HTMLInputElement} */ (e.target).value; })}></label>
    <div class="choice" role="group" aria-label="Kind of action ${i + 1}">
      ${kinds.map(([kind, name]) => html`<button type="button" aria-pressed=${a.kind === kind ? 'true' : 'false'} @click=${() => become(i, kind)}>${name}</button>`)}
    </div>
    <span class="grow"></span>
    ${i > 0 ? html`<button type="button" class="quiet small" aria-label="Action ${i + 1} one up" @click=${() => shift(i, -1)}>Up</button>` : nothing}
    ${i < all.length - 1 ? html`<button type="button" class="quiet small" aria-label="Action ${i + 1} one down" @click=${() => shift(i, 1)}>Down</button>` : nothing}
    <button type="button" class="quiet small square" aria-label="Remove action ${i + 1}" @click=${() => edit((d) => { d.actions.splice(i, 1); })}>${icon('close')}</button>
    <div class="needs">${needs(a, i)}</div>
  </fieldset>
</li>`;

/** Adds an action, and takes the focus to it. */
export function add() {
  let at = 0;
  edit((d) => { at = d.actions.push(action('search')) - 1; });
  focusOn(`#action-${at}`);
}
