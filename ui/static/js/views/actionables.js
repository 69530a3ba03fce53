// @ts-check
// All actionables, and beside them the editor of one with its test, the history, the allow list, or what has left.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { update } from '../app.js';
import { editor, load, meant, move, unsaved } from '../editor.js';
import { openExport } from '../exporting.js';
import { plural } from '../format.js';
import { icon, state } from '../icons.js';
import { openImport } from '../importing.js';
import { href, route } from '../route.js';
import * as allowlist from './allowlist.js';
import * as audit from './audit.js';
import * as changes from './changes.js';
import * as editing from './editor.js';
import * as tester from './tester.js';

/** @import {Actionable} from '../types.js' */

/** @param {KeyboardEvent} e @param {Actionable} a */
function keys(e, a) {
  const by = e.key === 'ArrowUp' ? -1 : e.key === 'ArrowDown' ? 1 : 0;
  if (!by || !e.altKey) return;
  e.preventDefault();
  void move(a.id, by);
}

/** What of it can't be run here. @param {Actionable} a */
const kept = (a) => a.actions.filter((x) => x.kind === 'kept').length;

/** @param {Actionable} a */
const row = (a) => html`<li aria-current=${!route.show && editor.draft?.id === a.id ? 'true' : nothing}><a href=${href({ view: 'actionables', id: a.id })} data-actionable=${a.id} @keydown=${(/** @type {KeyboardEvent} */ e) => keys(e, a)}>
  <span class="grow"><b>${a.name}</b> <small class="dim">${plural(a.triggers.length, 'trigger')}, ${plural(a.actions.length - kept(a), 'action')}${kept(a) ? `, ${kept(a)} kept` : ''}</small></span>
  ${unsaved(a.id) ? html`<span class="badge">not saved</span>` : nothing}${a.disabled ? html`<span class="badge">off</span>` : nothing}</a></li>`;

function list() {
  const all = (editor.all ?? []).filter(meant);
  const shipped = all.filter((a) => a.shipped);
  const own = all.filter((a) => !a.shipped);
  return html`
    ${own.length ? html`<h2 class="dim heads">Your own</h2><ul>${own.map(row)}</ul>` : nothing}
    ${shipped.length ? html`<h2 class="dim heads">Shipped</h2><ul>${shipped.map(row)}</ul>` : nothing}
    ${editor.all && !all.length ? html`<p class="dim heads">None of them.</p>` : nothing}`;
}

/** @param {Event} e */
function find(e) {
  editor.find = /** @type {HTMLInputElement} */ (e.target).value;
  update();
}

/** @type {[string, string][]} */
const others = [['changes', 'History'], ['hosts', 'Allow list'], ['left', 'Audit']];

/** @type {Record<string, {render: () => unknown}>} */
const places = { changes, hosts: allowlist, left: audit };

function shown() {
  const place = places[route.show];
  if (place) return html`<section class="place">${place.render()}</section>`;
  if (!editor.draft) return html`<p class="say dim">${editor.all ? 'No actionable is chosen.' : ''}</p>`;
  return html`${editing.render(editor.draft)}${tester.render()}`;
}

export const render = () => html`<main tabindex="-1" class="actionables">
  <section class="all" aria-labelledby="all-head">
    <header><h1 id="all-head" class="grow">Actionables</h1>
      <button class="small" id="import" @click=${openImport}>Import…</button>
      <a class="button small" id="new-actionable" href=${href({ view: 'actionables', id: 'new' })}>${icon('plus')}New</a></header>
    <input type="search" id="find-actionable" placeholder="Find by name or pattern" aria-label="Find an actionable" @input=${find}>
    <nav class="others" aria-label="About all actionables">${others.map(([show, name]) => html`<a href=${href({ view: 'actionables', show })} data-show=${show} aria-current=${route.show === show ? 'page' : nothing}>${name}</a>`)}
      <button class="quiet small" id="export-all" @click=${() => openExport('all')}>Export…</button></nav>
    ${editor.listError ? html`<p class="heads">${state('bad', 'bad', editor.listError)} <button class="small" @click=${() => load(route.id)}>Try again</button></p>` : list()}
  </section>
  ${shown()}
</main>`;
