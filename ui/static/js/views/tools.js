// @ts-check
// The line that says what was found, and what can be done with all of it.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { api } from '../api.js';
import { copy } from '../copy.js';
import { clock, count, plural, size, took } from '../format.js';
import { icon } from '../icons.js';
import { go, href, route } from '../route.js';
import { question, search } from '../search.js';
import { session } from '../session.js';
import * as pipes from '../pipes.js';
import * as switches from './switches.js';

/** @import {Result} from '../search.js' */

/** @param {Result} r */
function says(r) {
  if (r.table && !search.stale) return table(r, r.table);
  const what = r.packets ? 'packet' : 'result';
  const n = r.exact ? html`<b>${plural(r.total, what)}</b>, exact` : html`at least <b>${plural(r.total, what)}</b>`;
  // A server that is gone leaves what was found as it is.
  if (search.stale && !(session.gone && r.q === route.q)) {
    const of = html` of the query before${r.q ? html`, <code>${r.q}</code>` : nothing}`;
    const now = search.slow ? html` · searching for ${took(Math.floor((Date.now() - search.started) / 100) * 100)}` : search.cancelled ? ' · search cancelled' : nothing;
    return html`<b>${count(r.total)} ${what}${r.total === 1 ? '' : 's'}</b>${of}${now}`;
  }
  if (route.entry) return html`One entry by its link, <a href=${href({ ...route, entry: '' })}>back to the search</a>`;
  return html`<span data-total=${r.total} data-exact=${r.exact ? 'true' : 'false'}>${n}</span><span class="dim"> · ${took(r.took)}${r.bytes ? html`<span class="wide"> · ${size(r.bytes)} scanned</span>` : nothing}${session.gone ? ` · as of ${clock(r.at)}` : nothing}</span>`;
}

/** What pipes made of the results. @param {Result} r @param {import('../types.js').Table} t */
function table(r, t) {
  const { what, of } = pipes.says(t, r.total);
  return html`<span data-total=${r.total} data-exact=${r.exact ? 'true' : 'false'} data-rows=${t.total_rows}><b>${what}</b>${of}</span><span class="dim"> · ${took(r.took)}${r.bytes ? html`<span class="wide"> · ${size(r.bytes)} scanned</span>` : nothing}${session.gone ? ` · as of ${clock(r.at)}` : nothing}</span>`;
}

/** @param {Result} r */
function ordering(r) {
  if (r.table || route.live) return nothing;
  const one = (/** @type {string} */ o, /** @type {string} */ name) => html`<button data-order=${o} aria-pressed=${r.order === o ? 'true' : 'false'} @click=${() => go({ ...route, order: o, open: '' })}>${name}</button>`;
  return html`<div class="choice" role="group" aria-label="Order">${one('newest', 'Newest first')}${one('oldest', 'Oldest first')}</div>${switches.liveLine()}`;
}

/** @param {Result} r */
function exports(r) {
  const kinds = r.packets ? [['pcap', 'pcap'], ['ndjson', 'NDJSON']] : [['raw', 'Raw'], ['ndjson', 'NDJSON'], ['csv', 'CSV']];
  const { q, from, to } = question();
  return html`<div class="choice" role="group" aria-label="Export"><span>${icon('download')}</span>
    ${kinds.map(([format, name]) => html`<a data-export=${format} href=${api.exportURL({ q, from, to, format })} download aria-label="Export as ${name}">${name}</a>`)}</div>${switches.liveLine()}`;
}

/** @param {Result} r */
export const render = (r) => html`<div class="bar-tools ${search.stale ? 'stale' : ''}">
  ${switches.fields(r)}<p id="found">${says(r)}</p>
  ${route.entry || search.stale ? nothing : html`${switches.shapes(r)}${switches.chooser(r)}${ordering(r)}${switches.liveSwitch()}
    <button class="quiet wide" @click=${() => void copy(location.href, 'Link')}>${icon('link')}Link</button>
    ${exports(r)}`}
</div>${switches.liveLine()}`;
