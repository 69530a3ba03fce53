// @ts-check
// The query with its suggestions, help and errors, the time range, and Run.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { update } from '../app.js';
import * as completion from '../completion.js';
import { count, plural, stamp, zone } from '../format.js';
import { past } from '../history.js';
import { icon, state } from '../icons.js';
import { library, toggleLibrary } from '../library.js';
import { picker, rangeBack, togglePicker } from '../picker.js';
import { changed, help, toggleHelp } from '../queryhelp.js';
import { href, route } from '../route.js';
import { ask, cancel, search } from '../search.js';
import { words } from '../times.js';
import * as suggestions from './completion.js';
import * as libraryview from './library.js';
import * as queryhelp from './queryhelp.js';
import * as timepicker from './timepicker.js';
import * as underline from './underline.js';

/** Where the arrows are in the history; -1: at what was written. */
let at = -1;
let draft = '';

/** @returns {HTMLTextAreaElement} */
const input = () => /** @type {HTMLTextAreaElement} */ (document.getElementById('q'));

/** @param {Event} [e] */
function run(e) {
  e?.preventDefault();
  at = -1;
  completion.close();
  search.focus = document.activeElement === input() ? input().value : null;
  ask(input().value.replace(/\s*\n\s*/g, ' ').trim(), { open: '' });
}

/** @param {KeyboardEvent} e */
function key(e) {
  if (e.isComposing || completion.key(e)) return;
  const el = input();
  if (e.key === 'Enter') return run(e);
  const up = e.key === 'ArrowUp' && (at >= 0 || el.selectionEnd === 0 || oneLine(el));
  const down = e.key === 'ArrowDown' && at >= 0;
  if (!up && !down) return;
  const all = past();
  const next = at + (up ? 1 : -1);
  if (next >= all.length) return;
  e.preventDefault();
  if (at < 0) draft = el.value;
  at = next;
  el.value = at < 0 ? draft : all[at];
  el.setSelectionRange(el.value.length, el.value.length);
  written();
}

/** @param {HTMLTextAreaElement} el */
const oneLine = (el) => el.clientHeight < 2 * parseFloat(getComputedStyle(el).lineHeight) + 24;

function typed() {
  at = -1;
  completion.ask();
  written();
}

/** The query is no longer the one that was run: nor is what was wrong with it. */
function written() {
  changed();
  if (search.error?.column) update();
}

/** The way back from a part of the time; only there when there is one. */
const back = () => picker.past.length
  ? html`<button type="button" class="square" id="time-back" aria-label="Back to the time before" @click=${rangeBack}>${icon('back')}</button>`
  : nothing;

/** The time that counts, and whether the query itself says it. */
function timeRange() {
  const r = search.result;
  const said = r && !search.stale && r.q === route.q && (r.from || r.to);
  return said ? { ...words({ from: r.from, to: r.to }), by: ' by the query' } : { ...words(route), by: '' };
}

function time() {
  const w = timeRange();
  return html`<div class="span">
    <button type="button" id="time" aria-haspopup="dialog" aria-expanded=${picker.open ? 'true' : 'false'} aria-label="Time: ${w.day} ${w.text}${w.by}, ${zone()}" @click=${() => togglePicker(!picker.open)}>
      ${icon('clock')}<span>${w.day ? html`<b>${w.day}</b> ` : nothing}${w.text}<span class="dim">${w.by} ${zone()}</span></span>${icon('down')}
    </button>
    ${picker.open ? timepicker.render() : nothing}
  </div>`;
}

/** Names that are nearly those that were asked for. */
function nearest() {
  const all = search.result && !search.stale ? search.result.unknown : [];
  return all.map((f) => html`<div class="problem" data-unknown=${f.name}>${state('warn', 'warn', html`No entry has a field <code>${f.name}</code>`)}
    <span>${f.suggest?.length ? html`Do you mean ${f.suggest.map((n) => html`<button type="button" class="small mono" data-suggest=${n} @click=${() => ask(renamed(route.q, f.name, n))}>${n}</button> `)}` : 'Ctrl Space lists the fields there are.'}</span></div>`);
}

/** A query with another field's name, also in its pipes. @param {string} q @param {string} from @param {string} to */
function renamed(q, from, to) {
  const name = from.replace(/[^\w]/g, '\\$&');
  return q.split(`${from}:`).join(`${to}:`).replace(new RegExp(`(?<=\\|.*[\\s,(-])${name}(?=[\\s,)|]|$)`, 'gs'), () => to);
}

/** What is wrong, under the query. */
function problem() {
  const { error } = search;
  if (!error || error.gone) return nothing;
  return html`<div class="problem" id="query-problem" role="alert" data-column=${error.column ?? nothing}>
    ${state('bad', 'bad', error.column ? `Column ${error.column}` : 'Not run')}<span>${error.column ? error.reason : error.message}</span>
  </div>`;
}

/** Buttons inside the input, at its end. */
const inside = () => html`<span class="inside">
    <kbd aria-hidden="true">/</kbd>
    <button type="button" class="quiet small square" id="query-help-open" aria-label="Help with the query" title="What a query says" aria-expanded=${help.open ? 'true' : 'false'} @click=${() => toggleHelp(!help.open)}>${icon('query')}</button>
    <button type="button" class="quiet small square" id="library-open" aria-label="Saved, recent and frozen" title="Saved, recent and frozen (s)" aria-haspopup="dialog" aria-expanded=${library.open ? 'true' : 'false'} @click=${() => toggleLibrary(!library.open)}>${icon('book')}</button>
  </span>`;

/** A focus that leaves the query closes its suggestions. */
const left = () => { completion.close(); };

/** What stands in the input is what could not be read. */
const faulty = () => Boolean(search.error?.column) && (!document.getElementById('q') || input().value === route.q);

export function render() {
  const bad = faulty() ? search.error?.column : undefined;
  return html`<form class="query" role="search" @submit=${run}>
      <div class="entry">
        ${icon('search')}
        ${underline.render(bad ? route.q : '', bad)}
        <textarea id="q" class="mono" name="q" rows="1" aria-label="Query" placeholder="Words, addresses, field:value" spellcheck="false" autocomplete="off" autocapitalize="off"
          aria-autocomplete="list" aria-haspopup="listbox" aria-controls=${completion.completing() ? 'q-options' : nothing} aria-activedescendant=${suggestions.active()}
          aria-invalid=${bad ? 'true' : 'false'} aria-describedby=${search.error ? 'query-problem' : nothing} .value=${live(shownText())} @input=${typed} @keydown=${key} @blur=${left}></textarea>
        ${inside()}${suggestions.render()}${library.open ? libraryview.render() : nothing}
      </div>
      ${back()}${time()}
      ${search.slow
    ? html`<button type="button" id="cancel" @click=${cancel}>Cancel <kbd>Esc</kbd></button>`
    : html`<button class="primary" id="run">Run <kbd>↵</kbd></button>`}
    </form>
    ${help.open ? queryhelp.render() : nothing}${problem()}${nearest()}${named()}`;
}

/** Which saved search or frozen set this is. */
function named() {
  const { saved, frozen } = library;
  if (frozen) {
    const kept = frozen.limit ? `the newest ${count(frozen.entries)} of ${plural(frozen.total, 'entry')}` : plural(frozen.entries, 'entry');
    return html`<div class="shown-here" id="frozen-set" data-set=${frozen.id}>${icon('book')}<span><b>Frozen set ${frozen.id}${frozen.name ? `: ${frozen.name}` : ''}</b> · ${kept} of <code>${frozen.q || '*'}</code> as of ${stamp(frozen.frozen)}${frozen.by ? `, by ${frozen.by}` : ''}${frozen.note ? html` · <q>${frozen.note}</q>` : nothing}</span>
      <a class="button small" href=${href({ view: 'search', q: route.q || frozen.q })}>Search everything</a></div>`;
  }
  return saved ? html`<div class="shown-here" id="saved-search" data-saved-search=${saved.id}>${icon('star')}<span><b>${saved.name}</b>${saved.note ? html` · ${saved.note}` : nothing}</span></div>` : nothing;
}

/** @type {string|null} */
let drawnFor = null;

/** What is being written stays while other things are drawn; a new query in the address replaces it. */
function shownText() {
  const el = /** @type {HTMLTextAreaElement|null} */ (document.getElementById('q'));
  if (el && drawnFor === route.q) return el.value;
  drawnFor = route.q;
  return route.q;
}
