// @ts-check
// Of the tools line: fields, Lines/Table/Chart, columns, live.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { update } from '../app.js';
import { drawerOnly, panel, toggleDrawer } from '../fieldpanel.js';
import { icon } from '../icons.js';
import { route } from '../route.js';
import { shows, showAs } from '../shows.js';
import { columns, table, toggleColumn, toggleMenu } from '../table.js';
import { cannot, holds, says, tail, toggleLive, togglePause } from '../tail.js';

/** @import {Result} from '../search.js' */

/** Opens the drawer of fields, where there is no panel. @param {Result} r */
export const fields = (r) => drawerOnly(r) && !route.entry
  ? html`<button id="fields-open" aria-expanded=${panel.drawer ? 'true' : 'false'} @click=${() => toggleDrawer(!panel.drawer)}>${icon('lines')}Fields</button>` : nothing;

/** Lines, table or chart. @param {Result} r */
export function shapes(r) {
  if (r.packets || route.entry) return nothing;
  const now = shows(r);
  const names = { lines: 'Lines', table: 'Table', chart: 'Chart' };
  const all = /** @type {(keyof typeof names)[]} */ (Object.keys(names));
  const possible = (/** @type {string} */ s) => s !== 'chart' || !r.table || r.table.kind !== 'entries';
  return html`<div class="choice" role="group" aria-label="Results as">${all.filter(possible).map((s) => html`<button data-show=${s} aria-pressed=${now === s ? 'true' : 'false'} @click=${() => showAs(s)}>${names[s]}</button>`)}</div>`;
}

/** A focus that leaves the menu closes it. @param {FocusEvent} e */
function leave(e) {
  const el = /** @type {HTMLElement} */ (e.currentTarget);
  if (e.relatedTarget instanceof Node && !el.contains(e.relatedTarget)) {
    table.menu = false;
    update();
  }
}

/** @param {Result} r */
function menu(r) {
  const chosen = columns(r).map((c) => c.name);
  const known = new Set([...panel.found?.fields.map((f) => f.name) ?? [], ...r.entries.slice(0, 200).flatMap((e) => Object.keys(e.fields ?? {})), 'tag', 'src']);
  const find = table.find.toLowerCase();
  const all = [...chosen, ...[...known].filter((n) => !chosen.includes(n))].filter((n) => n.toLowerCase().includes(find));
  return html`<div class="column-menu" id="columns-panel" role="dialog" aria-label="Columns">
    <input type="search" id="columns-find" placeholder="Find a field" aria-label="Find a field" autocomplete="off" spellcheck="false" .value=${live(table.find)} @input=${(/** @type {Event} */ e) => { table.find = /** @type {HTMLInputElement} */ (e.target).value; update(); }}>
    <ul>${all.slice(0, 300).map((n) => html`<li><label><input type="checkbox" data-column-choice=${n} .checked=${live(chosen.includes(n))} @change=${(/** @type {Event} */ e) => toggleColumn(n, /** @type {HTMLInputElement} */ (e.target).checked)}><span class="mono">${n}</span></label></li>`)}</ul>
    ${all.length ? nothing : html`<p class="say dim">No field is called <b>${table.find}</b></p>`}
    <p class="foot dim">In the head of a column: arrows walk, with Shift they move it, <kbd>+</kbd> <kbd>−</kbd> size it, <kbd>Del</kbd> leaves it out.</p>
  </div>`;
}

/** Which columns the table has. @param {Result} r */
export const chooser = (r) => r.table || r.packets || route.entry || shows(r) !== 'table' ? nothing
  : html`<div class="chooser" @focusout=${leave} @keydown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Escape' && table.menu) { e.preventDefault(); toggleMenu(false); } }}>
    <button class="quiet" id="columns" aria-haspopup="dialog" aria-expanded=${table.menu ? 'true' : 'false'} @click=${() => toggleMenu(!table.menu)}>Columns <b>${columns(r).length}</b>${icon('down')}</button>${table.menu ? menu(r) : nothing}</div>`;

/** The switch of live tail. */
export function liveSwitch() {
  if (route.entry) return nothing;
  const why = route.live ? '' : cannot();
  return html`<button class="quiet" id="live" aria-pressed=${route.live ? 'true' : 'false'} aria-disabled=${why ? 'true' : nothing} title=${why || 'New matches as they arrive (l)'} @click=${() => { if (!why) toggleLive(); }}>${icon(tail.state === 'gone' ? 'stop' : 'play')}Live</button>`;
}

/** What live tail does, under the tools. */
export const liveLine = () => !route.live || !tail.state ? nothing
  : html`<p class="live ${tail.state}" id="live-line" data-state=${tail.state} data-held=${holds() ? 'true' : 'false'} data-left-out=${tail.leftOut} data-waiting=${tail.waiting.length}><span>${says()}</span>
    ${tail.state === 'on' ? html`<button class="small" id="live-pause" @click=${togglePause}>${icon(holds() ? 'play' : 'pause')}${holds() ? 'Go on' : 'Pause'}</button>` : nothing}</p>`;
