// @ts-check
// The search view: query, histogram, what was found.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { guard } from '../../vendor/lit-html/directives/guard.js';
import { empty } from '../empty.js';
import { search } from '../search.js';
import { opened } from '../opened.js';
import * as histogram from './histogram.js';
import * as none from './none.js';
import * as packet from './packet.js';
import * as packets from './packets.js';
import * as querybar from './querybar.js';
import * as results from './results.js';
import * as tools from './tools.js';

/** What the list depends on: thousands of rows are not looked at for each move over the histogram. @param {import('../search.js').Result} r */
function shows(r) {
  const list = [r.packets, r.entries, r.next, r.order, r.exact && r.total, search.cursor, search.stale, search.more];
  const { id, full, bytes, error, line, over, folds } = opened;
  return r.packets ? list : [...list, id, full, bytes, error, line, over, folds];
}

/** @param {import('../search.js').Result} r */
function found(r) {
  if (r.total === 0 && !r.entries.length) return search.stale || search.error ? nothing : none.render();
  const detail = r.packets && opened.id;
  return html`${histogram.render()}${tools.render(r)}${guard(shows(r), () => r.packets ? packets.render(r) : results.render(r))}${detail ? html`<div class="packet">${packet.render()}</div>` : nothing}`;
}

export function render() {
  const r = search.result;
  const kind = empty.kind === 'first' || !r?.packets ? 'lines' : opened.id ? 'packets chosen' : 'packets';
  return html`<main tabindex="-1" class="search ${kind}" id="search" aria-busy=${search.running ? 'true' : 'false'} data-state=${state()}>
    <h1 class="sr">Search</h1>
    ${querybar.render()}
    ${search.slow ? html`<div class="working" id="working"></div>` : nothing}
    ${r ? found(r) : search.slow ? html`<p class="say dim">Searching for ${Math.round((Date.now() - search.started) / 1000)} s…</p>` : search.cancelled ? html`<p class="say dim">Cancelled.</p>` : nothing}
  </main>`;
}

/** For tests: where the search is. */
const state = () => search.running ? 'running' : search.error ? 'error' : search.cancelled ? 'cancelled' : search.result ? 'done' : 'idle';
