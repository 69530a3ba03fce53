// @ts-check
// The panel of fields: beside the results, or before them as a drawer.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { guard } from '../../vendor/lit-html/directives/guard.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { again, countAll, drawerOnly, fields, filter, find, moreOf, panel, panelKey, panelShown, toggleDrawer, toggleField, values } from '../fieldpanel.js';
import { count, plural } from '../format.js';
import { icon, state } from '../icons.js';
import { existsTerm, include } from '../query.js';
import { route } from '../route.js';
import { ask, search } from '../search.js';
import { visible } from '../segments.js';
import { isColumn, toggleColumn } from '../table.js';

/** @import {Result} from '../search.js' */
/** @import {FieldFound, Sample} from '../types.js' */

/** What was looked at. @param {Sample} s */
function of(s) {
  if (s.exact) return html`<span class="dim">of ${plural(s.entries, 'result')}</span>`;
  return html`<span class="dim" title="Counts are those of this sample">newest ${count(s.entries)}</span>`;
}

/** @param {Sample} s */
function sample(s) {
  if (s.exact) return nothing;
  return html`<p class="sample"><span class="dim">A sample: the newest ${count(s.entries)} of ${s.total_exact ? '' : 'at least '}${count(Math.max(s.total, s.entries))}</span>
    <button class="small" id="fields-exact" @click=${countAll}>Count all</button></p>`;
}

/** @param {FieldFound} f @param {{value: string, count: number}} v @param {number} n @param {string} first */
function value(f, v, n, first) {
  const key = `${f.name}\n${v.value}`;
  const text = v.value === '' ? html`<i class="dim">empty</i>` : visible(v.value.length > 200 ? v.value.slice(0, 200) + '…' : v.value);
  return html`<li class="one">
    <button class="value" data-key=${key} data-name=${f.name} data-value=${v.value} tabindex=${(panel.cursor || first) === key ? 0 : -1} @click=${() => filter(f, v.value)}><span class="sr">Only ${f.name}: </span><span class="mono">${text}</span> <span class="n">${count(v.count)}</span></button>
    <span class="do"><button class="small square" tabindex="-1" aria-label="Only ${f.name}: ${v.value}" data-do="include" @click=${() => filter(f, v.value)}>${icon('plus')}</button><button class="small square" tabindex="-1" aria-label="Without ${f.name}: ${v.value}" data-do="exclude" @click=${() => filter(f, v.value, true)}>${icon('minus')}</button></span>
    <svg class="bar" aria-hidden="true"><rect width="${Math.min(100, 100 * v.count / Math.max(1, n))}%" height="100%"/></svg>
  </li>`;
}

/** The end of the values: of how many, and how to have more of them. @param {FieldFound} f @param {number} n Entries looked at. */
function rest(f, n) {
  const m = panel.more.get(f.name);
  if (typeof m === 'string') return html`<li class="note dim">${m}</li>`;
  if (m) return html`<li class="note dim">${m.values.length < m.distinct ? `${plural(m.distinct - m.values.length, 'more value')}; in` : 'All, in'} ${count(m.with)} of ${count(m.total)}, exact</li>`;
  const more = f.distinct > f.top.length || f.top_exact === false || f.distinct_exact === false;
  return html`<li class="note dim">in ${count(f.count)} of ${count(n)}${more ? html` <button class="quiet small" tabindex="-1" data-more=${f.name} @click=${() => moreOf(f.name)}>More, exact</button>` : nothing}</li>`;
}

/** @param {FieldFound} f @param {number} n Entries looked at. @param {string} first */
function field(f, n, first) {
  const open = panel.open.has(f.name);
  const column = isColumn(f.name);
  const many = `${count(f.distinct)}${f.distinct_exact === false ? '+' : ''}`;
  const m = panel.more.get(f.name);
  const all = m && typeof m !== 'string' ? m.total : n;
  return html`<li data-panel-field=${f.name}>
    <div class="one"><button class="name" data-key=${f.name} data-name=${f.name} aria-expanded=${open ? 'true' : 'false'} tabindex=${(panel.cursor || first) === f.name ? 0 : -1} title="${count(f.count)} of ${count(n)} have it, ${many} values" @click=${() => toggleField(f.name)}>${icon(open ? 'down' : 'right')}<span class="mono">${visible(f.name)}</span>${column ? html`<span class="shown">${icon('ok')}<span class="sr">, a column</span></span>` : nothing}<span class="n">${many}</span></button>
    <span class="do"><button class="small square" tabindex="-1" aria-label=${column ? `Leave out the column ${f.name}` : `Add the column ${f.name}`} data-do="column" @click=${() => toggleColumn(f.name, !column)}>${icon('columns')}</button>${f.entry ? nothing : html`<button class="small square" tabindex="-1" aria-label="Only with a ${f.name}" data-do="exists" @click=${() => ask(include(route.q, existsTerm(f.name)))}>${icon('exists')}</button>`}</span></div>
    ${open ? html`<ul>${values(f).map((v) => value(f, v, all, first))}${rest(f, n)}</ul>` : nothing}
  </li>`;
}

function list() {
  const { found, loading, error } = panel;
  if (error) return html`<p class="say">${state('bad', 'bad', error)} <button class="small" @click=${again}>Try again</button></p>`;
  if (!found) return html`<p class="say dim">${loading ? 'Looking at the fields…' : ''}</p>`;
  const all = fields();
  const first = all[0]?.name ?? '';
  if (!all.length) return html`<p class="say dim">${panel.find ? html`No field is called <b>${panel.find}</b>` : 'These results have no fields'}</p>`;
  if (panel.cursor && !all.some((f) => panel.cursor === f.name || panel.open.has(f.name) && values(f).some((v) => panel.cursor === `${f.name}\n${v.value}`))) panel.cursor = '';
  return html`<ul class=${loading || search.stale ? 'stale' : ''} @keydown=${panelKey}>${all.map((f) => field(f, found.sample.entries, first))}</ul>
    ${found.cut ? html`<p class="say dim">The first ${count(found.fields.length)} fields; there are more</p>` : nothing}`;
}

/** @param {KeyboardEvent} e */
function findKey(e) {
  if (e.key === 'ArrowDown') panelKey(e);
  if (e.key !== 'Enter') return;
  const f = fields()[0];
  if (!f) return;
  panel.cursor = f.name;
  if (!panel.open.has(f.name)) toggleField(f.name);
  /** @type {HTMLElement|null} */ (document.querySelector(`#fields [data-key="${CSS.escape(f.name)}"]`))?.focus();
}

/** @param {Result} r */
export function render(r) {
  if (!panelShown(r)) return nothing;
  const { found } = panel;
  const drawer = drawerOnly(r);
  return guard([panel.turn, search.stale, route.q, route.columns, route.show, r, drawer], () => html`<aside class="fields" id="fields" aria-label="Fields">
    <header><h2>Fields</h2>${found ? of(found.sample) : nothing}${drawer ? html`<button class="quiet small square" aria-label="Close the fields" @click=${() => toggleDrawer(false)}>${icon('close')}</button>` : nothing}</header>
    ${found ? sample(found.sample) : nothing}
    <input type="search" id="fields-find" placeholder="Find a field" aria-label="Find a field" autocomplete="off" spellcheck="false" .value=${live(panel.find)} @input=${(/** @type {Event} */ e) => find(/** @type {HTMLInputElement} */ (e.target).value)} @keydown=${findKey}>
    ${list()}
  </aside>`);
}
