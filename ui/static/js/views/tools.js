// @ts-check
// The line that says what was found, and what can be done with all of it.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { api } from '../api.js';
import { update } from '../app.js';
import { clock, count, plural, size, stamp, took } from '../format.js';
import { icon } from '../icons.js';
import { openSave } from '../library.js';
import { copyPermalink } from '../permalink.js';
import * as pipes from '../pipes.js';
import { go, href, route } from '../route.js';
import { question, search } from '../search.js';
import { session } from '../session.js';
import * as switches from './switches.js';

/** @import {Result} from '../search.js' */

const elapsed = () => took(Math.floor((Date.now() - search.started) / 100) * 100);

/** How far a search is. */
function running() {
  const p = search.progress;
  if (!p?.of.bytes) return html`<span class="dim"> · searching for ${elapsed()}</span>`;
  const share = Math.min(1, p.scanned.bytes / p.of.bytes);
  const gone = Date.now() - search.started;
  const left = share > 0.05 && gone > 1000 ? `, about ${count(Math.max(1, Math.ceil(gone * (1 - share) / share / 1000)))} s to go` : '';
  const back = Number.isNaN(p.until) ? '' : search.result?.order === 'oldest' ? `, up to ${stamp(p.until)}` : `, back to ${stamp(p.until)}`;
  return html`<span class="dim"> · ${size(p.scanned.bytes)} of ${size(p.of.bytes)} scanned<span class="wide">${back}</span> · ${elapsed()}${left}</span>`;
}

/** What a search cost. @param {Result} r */
const cost = (r) => html`<span class="dim"> · ${took(r.took)}${r.bytes ? html`<span class="wide"> · ${size(r.bytes)} scanned</span>` : nothing}${session.gone ? ` · as of ${clock(r.at)}` : nothing}</span>`;

/** @param {Result} r */
function says(r) {
  // A server that is gone leaves what was found as it is.
  if (search.stale && !(session.gone && r.q === route.q)) return before(r);
  if (r.table) return table(r, r.table);
  if (route.entry) return html`One entry by its link, <a href=${href({ ...route, entry: '' })}>back to the search</a>`;
  const what = r.packets ? 'packet' : 'result';
  if (search.running) {
    if (!search.slow) return html`<span class="dim">at least </span><b>${plural(r.total, what)}</b>`;
    return html`<b>${plural(Math.max(r.total, search.progress?.total ?? 0), what)} so far</b>${running()}`;
  }
  const n = r.exact ? html`<b>${plural(r.total, what)}</b>, exact` : html`at least <b>${plural(r.total, what)}</b>`;
  return html`<span data-total=${r.total} data-exact=${r.exact ? 'true' : 'false'}>${n}${search.cancelled ? ', cancelled' : nothing}</span>${cost(r)}`;
}

/** What is shown while nothing new has come. @param {Result} r */
function before(r) {
  const what = r.table ? plural(r.table.total_rows, 'row') : plural(r.total, r.packets ? 'packet' : 'result');
  const of = html` of the query before${r.q ? html`, <code>${r.q}</code>` : nothing}`;
  return html`<b>${what}</b>${of}${search.slow ? running() : search.cancelled ? ' · search cancelled' : nothing}`;
}

/** What pipes made of the results. @param {Result} r @param {import('../types.js').Table} t */
function table(r, t) {
  const { what, of } = pipes.says(t, r.total);
  return html`<span data-total=${r.total} data-exact=${r.exact ? 'true' : 'false'} data-rows=${t.total_rows}><b>${what}</b>${of}</span>${cost(r)}`;
}

/** A button that turns the order round. @param {Result} r */
function ordering(r) {
  if (r.table || route.live) return nothing;
  const newest = r.order !== 'oldest';
  const other = newest ? 'oldest' : 'newest';
  return html`<button class="quiet" data-order=${other} aria-label="${newest ? 'Newest' : 'Oldest'} first; show the ${other} first" title="Show the ${other} first" @click=${() => go({ ...route, order: other, open: '' })}>${newest ? 'Newest' : 'Oldest'} first ${icon(newest ? 'down' : 'up')}</button>`;
}

/** Closes what was unfolded when the focus leaves, or Esc is pressed. @param {Event} e */
function fold(e) {
  const el = /** @type {HTMLDetailsElement} */ (e.currentTarget);
  if (e instanceof FocusEvent && e.relatedTarget instanceof Node && el.contains(e.relatedTarget)) return;
  if (e instanceof FocusEvent && !e.relatedTarget && el.matches(':hover')) return;
  if (e instanceof KeyboardEvent) {
    if (e.key !== 'Escape' || !el.open) return;
    e.preventDefault();
    e.stopPropagation();
    el.querySelector('summary')?.focus();
  }
  el.open = false;
}

/** @param {Result} r @returns {[string, string, string][]} */
function kinds(r) {
  const json = /** @type {[string, string, string]} */ (['ndjson', 'NDJSON', r.table ? 'an object a row' : 'fields and all']);
  const csv = /** @type {[string, string, string]} */ (['csv', 'CSV', 'no cell is a formula']);
  if (r.table) return [json, csv];
  if (r.packets) return [['pcapng', 'pcapng', 'with sensors and comments'], ['pcap', 'pcap', 'one link type'], json, csv];
  return [['raw', 'Raw', 'the bytes as they came'], json, csv];
}

/** @param {Result} r */
function exports(r) {
  const { q, from, to, frozen } = question();
  const of = r.table ? 'The whole table' : r.exact ? `All ${count(r.total)}, not only those listed` : 'All that match, not only those listed';
  return html`<details class="fold" @focusout=${fold} @keydown=${fold}>
    <summary class="button quiet" id="export">${icon('download')}<span>Export</span></summary>
    <div class="folded" role="group" aria-label="Export"><p class="dim">${of}</p>
      ${kinds(r).map(([format, name, note]) => html`<a data-export=${format} href=${api.exportURL({ q, from, to, frozen, format })} download @click=${(/** @type {Event} */ e) => { /** @type {HTMLElement} */ (e.currentTarget).closest('details')?.removeAttribute('open'); }}><b>${name}</b> <span class="dim">${note}</span></a>`)}</div>
  </details>`;
}

/** Whether the rest of the tools is unfolded, where there is no room for it. */
let unfolded = false;

/** @param {boolean} open */
function unfold(open) {
  unfolded = open;
  update();
}

/** A focus that leaves it, or Esc, folds it again. @param {Event} e */
function foldRest(e) {
  if (!unfolded) return;
  const el = /** @type {HTMLElement} */ (e.currentTarget);
  if (e instanceof KeyboardEvent ? e.key !== 'Escape' : !(e instanceof FocusEvent) || !(e.relatedTarget instanceof Node) || el.contains(e.relatedTarget)) return;
  unfold(false);
  if (!(e instanceof KeyboardEvent)) return;
  e.preventDefault();
  e.stopPropagation();
  document.getElementById('more-tools')?.focus();
}

/** Order, save, link, export: where it is narrow, behind a button. @param {Result} r */
const rest = (r) => html`<div class="rest ${unfolded ? 'unfolded' : ''}" @focusout=${foldRest} @keydown=${foldRest}>
    <button class="quiet square" id="more-tools" aria-label="More" aria-expanded=${unfolded ? 'true' : 'false'} @click=${() => unfold(!unfolded)}>${icon('more')}</button>
    <div class="tools">${ordering(r)}${keeping()}
      ${exports(r)}</div></div>`;

const keeping = () => html`<button class="quiet" id="save" title="Save the search, or freeze its results (w)" @click=${() => openSave()}>${icon('star')}Save</button>
  <button class="quiet" id="link" title="Copy a link with this time range" @click=${() => void copyPermalink()}>${icon('link')}Link</button>`;

/** What can be done with a search that found nothing yet. */
export const empty = () => html`<div class="tools">${route.frozen ? nothing : switches.liveSwitch()}${keeping()}</div>`;

/** @param {Result} r */
export const render = (r) => html`<div class="bar-tools ${search.stale ? 'stale' : ''}">
  ${switches.fields(r)}<p id="found">${says(r)}</p>
  ${route.entry || search.stale ? nothing : html`${switches.shapes(r)}${switches.chooser(r)}${route.frozen ? nothing : switches.liveSwitch()}${rest(r)}`}
</div>${switches.liveLine()}`;
