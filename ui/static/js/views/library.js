// @ts-check
// Saved searches, recent ones, and frozen sets: a panel below the query.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { update } from '../app.js';
import { count, plural, size, stamp } from '../format.js';
import { runs } from '../history.js';
import { icon, state } from '../icons.js';
import { editSearch, editSet, library, linkOf, removePast, removeSearch, removeSet, setLink, toggleLibrary } from '../library.js';
import { ask } from '../search.js';
import { words } from '../times.js';

/** @import {Frozen, Saved} from '../types.js' */

const names = /** @type {Record<string, string>} */ ({ saved: 'Saved', recent: 'Recent', frozen: 'Frozen' });

/** @param {string} tab */
function choose(tab) {
  Object.assign(library, { tab, find: '' });
  update();
}

/** Arrows go from tab to tab. @param {KeyboardEvent} e */
function tabKey(e) {
  const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
  if (!by) return;
  const all = Object.keys(names);
  choose(all[(all.indexOf(library.tab) + by + all.length) % all.length]);
  queueMicrotask(() => { /** @type {HTMLElement|null} */ (document.querySelector('#library [aria-selected="true"]'))?.focus(); });
  e.preventDefault();
}

/** Down to the list, and along it. @param {KeyboardEvent} e */
function walk(e) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[e.key];
  if (!by) return;
  const all = [.../** @type {Element} */ (e.currentTarget).querySelectorAll('.go')].filter((x) => x instanceof HTMLElement);
  const i = all.findIndex((x) => x === document.activeElement || x.closest('li')?.contains(document.activeElement));
  all[Math.max(0, Math.min(all.length - 1, i + by))]?.focus();
  e.preventDefault();
}

/** A focus that leaves the panel closes it. @param {FocusEvent} e */
function leave(e) {
  const panel = /** @type {HTMLElement} */ (e.currentTarget);
  const to = e.relatedTarget;
  if (to instanceof Node && !panel.contains(to) && to !== document.getElementById('library-open') && !(to instanceof Element && to.closest('dialog'))) toggleLibrary(false);
}

const closed = () => toggleLibrary(false);

/** @param {string} text */
const fits = (text) => text.toLowerCase().includes(library.find.toLowerCase());

/** @param {Saved} s */
function savedRow(s) {
  const w = words({ from: s.from ?? '', to: s.to ?? '' });
  return html`<li data-saved=${s.id}>
    <a class="go" href=${linkOf(s)} @click=${closed}><b>${s.name}</b><code>${s.q || '*'}</code><span class="dim">${s.from || s.to ? [w.day, w.text].filter(Boolean).join(' ') : ''}${s.note ? html`${s.from || s.to ? ' · ' : ''}${s.note}` : nothing}</span></a>
    <span class="do"><button type="button" class="quiet small square" data-do="rename" aria-label="Rename ${s.name}" title="Rename" @click=${() => editSearch(s)}>${icon('edit')}</button>
    <button type="button" class="quiet small square" data-do="delete" aria-label="Delete ${s.name}" title="Delete" @click=${() => removeSearch(s)}>${icon('close')}</button></span></li>`;
}

/** @param {import('../history.js').Past} p */
const pastRow = (p) => html`<li data-past=${p.q}>
    <button type="button" class="go" @click=${() => { closed(); ask(p.q, { open: '', saved: '' }); }}><code>${p.q}</code><span class="dim">${p.at ? stamp(p.at) : nothing}</span></button>
    <span class="do"><button type="button" class="quiet small square" aria-label="Forget ${p.q}" title="Forget" @click=${() => removePast(p.q)}>${icon('close')}</button></span></li>`;

/** @param {Frozen} f */
const setRow = (f) => html`<li data-frozen=${f.id}>
    <a class="go" href=${setLink(f)} @click=${closed}><b>${f.id} ${f.name}</b><code>${f.q || '*'}</code>
    <span class="dim">${f.limit ? `newest ${count(f.entries)} of ${count(f.total)}` : plural(f.entries, 'entry')}, ${size(f.bytes)} · ${stamp(f.frozen)}${f.by ? ` by ${f.by}` : ''}${f.note ? html` · ${f.note}` : nothing}</span></a>
    <span class="do"><button type="button" class="quiet small square" data-do="rename" aria-label="Name and note of set ${f.id}" title="Name and note" @click=${() => editSet(f)}>${icon('edit')}</button>
    <button type="button" class="quiet small square" data-do="delete" aria-label="Delete set ${f.id}" title="Delete with its entries" @click=${() => removeSet(f)}>${icon('close')}</button></span></li>`;

/** @param {unknown[]} rows @param {string} none */
const list = (rows, none) => rows.length ? html`<ul class="books">${rows}</ul>` : html`<p class="say dim">${library.find ? html`Nothing has <b>${library.find}</b>` : none}</p>`;

function body() {
  if (library.tab === 'recent') return list(runs().filter((p) => fits(p.q)).slice(0, 100).map(pastRow), 'No query has been run in this browser yet.');
  if (library.error) return html`<p class="say">${state('bad', 'bad', library.error)}</p>`;
  if (library.tab === 'frozen') return library.sets ? list(library.sets.sets.filter((f) => fits(`${f.id} ${f.name} ${f.q} ${f.note} ${f.by}`)).map(setRow), 'No results are frozen yet. Save keeps them as they are.') : nothing;
  return library.searches ? list(library.searches.filter((s) => fits(`${s.name} ${s.q} ${s.note ?? ''}`)).map(savedRow), 'No search is saved yet. Save gives this one a name.') : nothing;
}

function foot() {
  if (library.tab === 'recent') return runs().length ? html`<p class="foot dim">Kept in this browser only. <button type="button" class="quiet small" id="forget-all" @click=${() => removePast()}>Forget all</button></p>` : nothing;
  if (library.tab === 'frozen' && library.sets) return html`<p class="foot dim">${size(library.sets.bytes)} of ${size(library.sets.max_bytes)} are frozen.</p>`;
  return nothing;
}

export const render = () => html`<div class="library" id="library" role="dialog" aria-label="Saved, recent and frozen" @focusout=${leave}>
  <div class="shelf">
    <div class="choice" role="tablist" aria-label="Saved, recent and frozen" @keydown=${tabKey}>${Object.entries(names).map(([tab, name]) => html`<button type="button" role="tab" id="tab-${tab}" aria-controls="library-list" data-tab-of=${tab} aria-selected=${library.tab === tab ? 'true' : 'false'} tabindex=${library.tab === tab ? 0 : -1} @click=${() => choose(tab)}>${name}</button>`)}</div>
    <input type="search" id="library-find" placeholder="Find" aria-label="Find in the list" autocomplete="off" spellcheck="false" .value=${live(library.find)}
      @input=${(/** @type {Event} */ e) => { library.find = /** @type {HTMLInputElement} */ (e.target).value; update(); }} @keydown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Enter') e.preventDefault(); }}>
  </div>
  <div id="library-list" role="tabpanel" aria-labelledby="tab-${library.tab}" tabindex="-1" @keydown=${walk}>${body()}</div>
  ${foot()}
</div>`;
