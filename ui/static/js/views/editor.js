// @ts-check
// The editor of one actionable: names, triggers, condition, actions.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { dirty, duplicate, edit, editor, faultAt, move, reason, remove, reread, save, undo } from '../editor.js';
import { openExport } from '../exporting.js';
import { stamp } from '../format.js';
import { icon, state } from '../icons.js';
import { closeDialog, showDialog } from '../overlay.js';
import { href } from '../route.js';
import * as actions from './action.js';
import * as condition from './condition.js';
import * as triggers from './triggers.js';
import { listed, value, ticked } from './inputs.js';

/** @import {Draft} from '../editor.js' */

/** @param {Draft} d */
const confirm = (d) => html`<div class="head"><h2 id="confirm-title">Delete ${d.name}?</h2></div>
  <p class="say">Its words will not open a menu any more.${d.shipped ? ' It was shipped with Spoor.' : ''} The history can bring it back.</p>
  <div class="foot"><span class="grow"></span>
    <button autofocus @click=${closeDialog}>Keep it</button>
    <button class="danger" id="confirm-delete" @click=${() => { closeDialog(); void remove(); }}>Delete ${d.name}</button></div>`;

/** @param {Draft} d */
function said(d) {
  if (editor.error) {
    return html`<p class="said" id="save-problem" role="alert">${state('bad', 'bad', 'Not saved')} <span>${editor.error}</span>
      ${editor.conflict ? html`<button type="button" class="small" id="reread" @click=${reread}>Take the stored one, drop my changes</button>` : nothing}</p>`;
  }
  const about = d.version ? `Version ${d.version}${d.updated ? `, ${stamp(d.updated)} UTC` : ''}` : 'New';
  const from = d.original ? `, from ${{ gravwell: 'Gravwell', soc: 'Security Onion', arkime: 'Arkime', elastic: 'Elastic' }[d.original.format] ?? d.original.format}` : '';
  return html`<p class="said dim" id="said">${about}${from}. ${dirty() ? 'Not saved yet.' : d.version ? 'Saved.' : ''}</p>`;
}

/** What can be done with the whole of it. @param {Draft} d */
const tools = (d) => html`<div class="tools">
  ${said(d)}<span class="grow"></span>
  ${d.version ? html`
    <button type="button" class="quiet small" id="actionable-up" title="One up in the list and in menus" @click=${() => move(d.id, -1)}>${icon('up')}<span class="sr">Move up</span></button>
    <button type="button" class="quiet small" id="actionable-down" title="One down in the list and in menus" @click=${() => move(d.id, 1)}>${icon('down')}<span class="sr">Move down</span></button>
    <button type="button" class="quiet small" id="duplicate-actionable" @click=${duplicate}>Duplicate</button>
    <button type="button" class="quiet small" id="export-actionable" @click=${() => openExport('one')}>Export…</button>
    <a class="button quiet small" href=${href({ view: 'actionables', show: 'changes', id: d.id })}>History</a>
    <button type="button" class="quiet small" id="delete-actionable" @click=${() => showDialog(() => confirm(d), { id: 'confirm', labelledby: 'confirm-title' })}>Delete…</button>` : nothing}
</div>`;

/** @param {string} field */
function problem(field) {
  const f = faultAt({ field });
  return f ? html`<p class="problem" role="alert">${state('bad', 'bad', reason(f))}</p>` : nothing;
}

/** @param {Draft} d */
const names = (d) => html`<div class="about">
  <label class="wide-label">Description <input id="actionable-description" autocomplete="off" .value=${live(d.description)} @input=${(/** @type {Event} */ e) => edit((x) => { x.description = value(e); })}></label>
  <label>Labels ${listed({ id: 'actionable-labels', list: d.labels, hint: 'network web', change: (l) => edit((x) => { x.labels = l.length ? l : undefined; }) })}</label>
  ${problem('description')}${problem('labels')}
</div>`;

/** @param {KeyboardEvent} e */
function keys(e) {
  if (e.key !== 'Enter' || !(e.ctrlKey || e.metaKey)) return;
  e.preventDefault();
  void save();
}

/** @param {Draft} d */
export const render = (d) => html`<form class="editor" id="editor" novalidate @submit=${(/** @type {Event} */ e) => { e.preventDefault(); void save(); }} @keydown=${keys}>
  <header>
    <label>Name <input id="actionable-name" autocomplete="off" aria-invalid=${faultAt({ field: 'name' }) ? 'true' : 'false'} .value=${live(d.name)} @input=${(/** @type {Event} */ e) => edit((x) => { x.name = value(e); })}></label>
    <label>Menu <input id="actionable-label" autocomplete="off" placeholder=${d.name || 'as the name'} .value=${live(d.menu_label)} @input=${(/** @type {Event} */ e) => edit((x) => { x.menu_label = value(e); })}></label>
    <label><input type="checkbox" id="actionable-on" .checked=${live(!d.disabled)} @change=${(/** @type {Event} */ e) => edit((x) => { x.disabled = !ticked(e); })}> On</label>
    <span class="grow"></span>
    ${dirty() || !d.version ? html`<button type="button" id="undo-actionable" @click=${undo}>${d.version ? 'Undo' : 'Drop'}</button>` : nothing}
    <button class="primary" id="save-actionable">${editor.saving ? 'Saving…' : 'Save'}</button>
  </header>
  ${tools(d)}
  ${problem('name')}${problem('menu_label')}
  ${names(d)}
  <section aria-labelledby="t-head">
    <h2 id="t-head">When this is seen</h2>
    ${triggers.render(d)}
  </section>
  <section aria-labelledby="c-head">
    <h2 id="c-head">But only if</h2>
    ${condition.render(d.when, -1)}
  </section>
  <section aria-labelledby="a-head">
    <h2 id="a-head">Offer this</h2>
    ${actions.render(d)}
  </section>
</form>`;
