// @ts-check
// The search view: query, fields, histogram, what was found.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { empty } from '../empty.js';
import { fieldsShown } from '../fieldpanel.js';
import { search } from '../search.js';
import { opened } from '../opened.js';
import { isTable } from '../table.js';
import { tail } from '../tail.js';
import * as fields from './fields.js';
import * as histogram from './histogram.js';
import * as none from './none.js';
import * as packet from './packet.js';
import * as packets from './packets.js';
import * as querybar from './querybar.js';
import * as results from './results.js';
import * as stats from './stats.js';
import * as table from './table.js';
import * as tools from './tools.js';

/** @param {import('../search.js').Result} r */
function list(r) {
  if (r.table) return stats.render(r.table);
  if (r.packets) return packets.render(r);
  return isTable() ? table.render(r) : results.render(r);
}

/** @param {import('../search.js').Result} r */
function found(r) {
  if (r.total === 0 && !r.entries.length && !r.table?.rows.length && !tail.state) return search.stale || search.error ? nothing : none.render();
  const detail = r.packets && opened.id;
  return html`<div class="body ${fieldsShown() ? 'drawer' : ''}">
    ${fields.render(r)}
    <section class="found" aria-label="Results">
      ${r.table ? nothing : histogram.render()}${tools.render(r)}${list(r)}
      ${detail ? html`<div class="packet">${packet.render()}</div>` : nothing}
    </section>
  </div>`;
}

/** How far the search is, as far as that is known. */
function working() {
  const p = search.progress;
  if (!p?.of.bytes) return html`<div class="working" id="working"></div>`;
  return html`<progress class="working" id="working" aria-label="Scanned" max=${p.of.bytes} value=${Math.min(p.of.bytes, p.scanned.bytes)}></progress>`;
}

export function render() {
  const r = search.result;
  const kind = empty.kind === 'first' || !r?.packets ? 'lines' : opened.id ? 'packets chosen' : 'packets';
  return html`<main tabindex="-1" class="search ${kind}" id="search" aria-busy=${search.running ? 'true' : 'false'} data-state=${state()}>
    <h1 class="sr">Search</h1>
    ${querybar.render()}
    ${search.slow ? working() : nothing}
    ${r ? found(r) : search.slow ? html`<p class="say dim">Searching for ${Math.round((Date.now() - search.started) / 1000)} s…</p>` : search.cancelled ? html`<p class="say dim">Cancelled.</p>` : nothing}
  </main>`;
}

/** For tests: where the search is. */
const state = () => search.running ? 'running' : search.error ? 'error' : search.cancelled ? 'cancelled' : search.result ? 'done' : 'idle';
