// @ts-check
// All actionables, the editor of one, and the test on pasted text.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { update } from '../app.js';
import { editor, load } from '../editor.js';
import { plural } from '../format.js';
import { icon, state } from '../icons.js';
import { href, route } from '../route.js';
import * as editing from './editor.js';
import * as tester from './tester.js';

/** @import {Actionable} from '../types.js' */

/** @param {Actionable} a */
const meant = (a) => [a.name, a.description, a.menu_label, ...a.triggers.map((t) => t.pattern)].join(' ').toLowerCase().includes(editor.find.trim().toLowerCase());

/** @param {Actionable} a */
const row = (a) => html`<li aria-current=${editor.draft?.id === a.id ? 'true' : nothing}><a href=${href({ view: 'actionables', id: a.id })} data-actionable=${a.id}>
  <span><b>${a.name}</b>${a.disabled ? html` <span class="badge">off</span>` : nothing}<small class="dim">${plural(a.triggers.length, 'trigger')}, ${plural(a.actions.length, 'action')}</small></span></a></li>`;

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

export const render = () => html`<main tabindex="-1" class="actionables">
  <section class="all" aria-labelledby="all-head">
    <header><h1 id="all-head">Actionables</h1><span class="grow"></span>
      <a class="button small" id="new-actionable" href=${href({ view: 'actionables', id: 'new' })}>${icon('plus')}New</a></header>
    <input type="search" placeholder="Find by name or pattern" aria-label="Find an actionable" @input=${find}>
    ${editor.listError ? html`<p class="heads">${state('bad', 'bad', editor.listError)} <button class="small" @click=${() => load(route.id)}>Try again</button></p>` : list()}
  </section>
  ${editor.draft ? html`${editing.render(editor.draft)}${tester.render()}` : html`<p class="say dim">${editor.all ? 'No actionable is chosen.' : ''}</p>`}
</main>`;
