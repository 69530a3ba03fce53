// @ts-check
// The editor of one actionable: names, triggers, actions.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { dirty, edit, editor, remove, reread, save, undo } from '../editor.js';
import { stamp } from '../format.js';
import { icon, state } from '../icons.js';
import { closeDialog, showDialog } from '../overlay.js';
import * as action from './action.js';
import * as underline from './underline.js';

/** @import {Draft} from '../editor.js' */
/** @import {Trigger} from '../types.js' */

/** @param {Event} e */
const value = (e) => /** @type {HTMLInputElement} */ (e.target).value;

/** @param {Event} e */
const ticked = (e) => /** @type {HTMLInputElement} */ (e.target).checked;

/** @param {Trigger} t @param {number} i */
function trigger(t, i) {
  const bad = editor.triggerError?.trigger === i ? editor.triggerError : null;
  const n = i + 1;
  return html`<li>
    <input type="checkbox" aria-label="Trigger ${n} is on" .checked=${live(!t.disabled)} @change=${(/** @type {Event} */ e) => edit((d) => { d.triggers[i].disabled = !ticked(e); })}>
    <span class="code">${underline.render(t.pattern, bad?.column)}<input id="trigger-${i}" class="mono" aria-label="Pattern of trigger ${n}" placeholder="RE2, for example CVE-\\d+-\\d+" spellcheck="false" autocomplete="off"
      aria-invalid=${bad ? 'true' : 'false'} aria-describedby=${bad ? `trigger-problem-${i}` : nothing} .value=${live(t.pattern)} @input=${(/** @type {Event} */ e) => edit((d) => { d.triggers[i].pattern = value(e); })}></span>
    <select aria-label="Trigger ${n} opens" @change=${(/** @type {Event} */ e) => edit((d) => { d.triggers[i].on = value(e); })}>
      <option value="click" ?selected=${t.on !== 'selection'}>on click</option><option value="selection" ?selected=${t.on === 'selection'}>on selected text</option>
    </select>
    <select aria-label="Trigger ${n} finds" @change=${(/** @type {Event} */ e) => edit((d) => { if (value(e)) d.triggers[i].as = value(e); else delete d.triggers[i].as; })}>
      <option value="" ?selected=${!t.as}>any text</option><option value="address" ?selected=${t.as === 'address'}>addresses</option>
    </select>
    <button type="button" class="quiet small square" aria-label="Remove trigger ${n}" @click=${() => edit((d) => { d.triggers.splice(i, 1); })}>${icon('close')}</button>
    ${bad ? html`<p class="problem" id="trigger-problem-${i}" role="alert" data-column=${bad.column ?? nothing}>${state('bad', 'bad', bad.column ? `Column ${bad.column}` : `Trigger ${n}`)} <span>${bad.message}</span></p>` : nothing}
  </li>`;
}

/** @param {Draft} d */
const confirm = (d) => html`<div class="head"><h2 id="confirm-title">Delete ${d.name}?</h2></div>
  <p class="say">Its words will not open a menu any more.${d.shipped ? ' It was shipped with Spoor.' : ''}</p>
  <div class="foot"><span class="grow"></span>
    <button autofocus @click=${closeDialog}>Keep it</button>
    <button class="danger" id="confirm-delete" @click=${() => { closeDialog(); void remove(); }}>Delete ${d.name}</button></div>`;

/** @param {Draft} d */
function said(d) {
  if (editor.error) {
    return html`<p class="said" id="save-problem" role="alert">${state('bad', 'bad', 'Not saved')} ${editor.error}
      ${editor.conflict ? html`<button type="button" class="small" id="reread" @click=${reread}>Take the stored one, drop my changes</button>` : nothing}</p>`;
  }
  const about = d.version ? `Version ${d.version}${d.updated ? `, ${stamp(d.updated)} UTC` : ''}` : 'New';
  return html`<p class="said dim" id="said">${about}. ${dirty() ? 'Not saved yet.' : d.version ? 'Saved.' : ''}</p>`;
}

/** @param {Draft} d */
export const render = (d) => html`<form class="editor" id="editor" @submit=${(/** @type {Event} */ e) => { e.preventDefault(); void save(); }}
  @keydown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); void save(); } }}>
  <header>
    <label>Name <input id="actionable-name" autocomplete="off" .value=${live(d.name)} @input=${(/** @type {Event} */ e) => edit((x) => { x.name = value(e); })}></label>
    <label>Menu <input id="actionable-label" autocomplete="off" placeholder=${d.name || 'as the name'} .value=${live(d.menu_label)} @input=${(/** @type {Event} */ e) => edit((x) => { x.menu_label = value(e); })}></label>
    <label><input type="checkbox" id="actionable-on" .checked=${live(!d.disabled)} @change=${(/** @type {Event} */ e) => edit((x) => { x.disabled = !ticked(e); })}> On</label>
    <span class="grow"></span>
    ${d.version ? html`<button type="button" class="quiet" id="delete-actionable" @click=${() => showDialog(() => confirm(d), { id: 'confirm', labelledby: 'confirm-title' })}>Delete…</button>` : nothing}
    ${dirty() || !d.version ? html`<button type="button" id="undo-actionable" @click=${undo}>${d.version ? 'Undo' : 'Drop'}</button>` : nothing}
    <button class="primary" id="save-actionable">${editor.saving ? 'Saving…' : 'Save'}</button>
  </header>
  ${said(d)}
  <label class="about">Description <input id="actionable-description" autocomplete="off" .value=${live(d.description)} @input=${(/** @type {Event} */ e) => edit((x) => { x.description = value(e); })}></label>
  <section aria-labelledby="t-head">
    <h2 id="t-head">When this is seen</h2>
    <ol class="triggers">${d.triggers.map(trigger)}</ol>
    <button type="button" class="quiet small" id="add-trigger" @click=${() => edit((x) => { x.triggers.push({ pattern: '', on: 'click' }); })}>${icon('plus')}Trigger</button>
  </section>
  <section aria-labelledby="a-head">
    <h2 id="a-head">Offer this</h2>
    <ol class="actions">${d.actions.map(action.render)}</ol>
    <button type="button" class="quiet small" id="add-action" @click=${() => action.add()}>${icon('plus')}Action</button>
  </section>
</form>`;
