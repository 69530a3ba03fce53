// @ts-check
// Results as a table: the time, and a column for each field that was chosen.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { cell } from '../columns.js';
import { clock, date, fraction, longDay } from '../format.js';
import { icon } from '../icons.js';
import { opened } from '../opened.js';
import { go, route } from '../route.js';
import { search } from '../search.js';
import { drawn } from '../segments.js';
import { columns, gripDown, headDown, headKey, leaveOut, looking, table, widths } from '../table.js';
import * as entry from './entry.js';
import * as results from './results.js';
import { rows } from './rows.js';

/** @import {Column, Look} from '../columns.js' */
/** @import {Result} from '../search.js' */
/** @import {Entry, Segment} from '../types.js' */

/** @param {Segment[]} s */
const unmarked = (s) => s.map((x) => x.m ? { ...x, m: false } : x);

/** @param {Entry} e @param {Column} c @param {Look} look */
function field(e, c, look) {
  const s = cell(e, c.name);
  return html`<td role="cell" class=${look.numeric ? 'num' : ''} data-field=${c.name}>${s.length ? drawn(look.marked ? unmarked(s) : s) : html`<span class="dim">–</span>`}</td>`;
}

/** @param {Entry} e @param {Column[]} cols @param {Look[]} looks */
function row(e, cols, looks) {
  const current = e.id === search.cursor;
  const open = opened.id === e.id;
  return html`<tr role="row" id="e${e.id}" data-entry=${e.id} data-tag=${e.tag} class=${open ? 'open' : ''} tabindex=${current ? 0 : -1} aria-current=${current ? 'true' : nothing}>
    <td role="cell"><button class="turn" tabindex="-1" aria-expanded=${open ? 'true' : 'false'} aria-label=${open ? 'Close' : 'Open'}>${icon(open ? 'down' : 'right')}</button><time datetime=${e.time}>${clock(e.time)}<i>.${fraction(e.time, 3)}</i></time></td>
    ${cols.map((c, i) => field(e, c, looks[i]))}
    ${open ? html`<td role="cell" class="whole"><code class="raw">${results.whole(e)}</code>${entry.render(e)}</td>` : nothing}
  </tr>`;
}

/** @param {Entry} e @param {Entry|undefined} before */
const dayLine = (e, before) => before && date(before.time) !== date(e.time) ? html`<tr role="row" class="day"><td role="cell">${longDay(e.time)}</td></tr>` : nothing;

/** @param {Result} r */
function time(r) {
  const newest = r.order === 'newest';
  return html`<th role="columnheader" scope="col" aria-sort=${newest ? 'descending' : 'ascending'}>
    <button class="name" title="By time only; | sort in the query sorts by a field" @click=${() => go({ ...route, order: newest ? 'oldest' : 'newest', open: '' })}>Time${icon(newest ? 'down' : 'up')}</button>
  </th>`;
}

/** @param {Column} c @param {Look} look @param {number} i */
function head(c, look, i) {
  const { name, to } = table.moved;
  return html`<th role="columnheader" scope="col" data-column=${c.name} class="${look.numeric ? 'num' : ''} ${name === c.name ? 'moving' : name && to === i ? 'target' : ''}">
    <button class="name" tabindex="-1" aria-describedby="column-keys" @pointerdown=${headDown}>${c.name}</button>
    <button class="leave" tabindex="-1" aria-label="Leave out ${c.name}" @click=${() => leaveOut(c.name)}>${icon('close')}</button>
    <span class="grip" @pointerdown=${gripDown}></span>
  </th>`;
}

/** @param {Result} r */
export function render(r) {
  const cols = columns(r);
  const looks = cols.map((c) => looking(r, c.name));
  const shape = cols.map((c, i) => `${c.name}\t${looks[i].numeric}${looks[i].marked}`).join('\n');
  return html`<section class="pane grid" id="results" aria-label="Results as a table">
    <table role="table" class=${search.stale ? 'stale' : ''} aria-label="Results" .style=${widths(cols, (name) => looks[cols.findIndex((c) => c.name === name)])}>
      <thead role="rowgroup" @keydown=${headKey}><tr role="row">${time(r)}${cols.map((c, i) => head(c, looks[i], i))}</tr></thead>
      ${rows(r, (page) => html`<tbody role="rowgroup" class="page">${page}</tbody>`, (e, before) => html`${dayLine(e, before)}${row(e, cols, looks)}`, () => [shape])}
    </table>
    <p class="sr" id="column-keys">Arrows go from column to column, with Shift they move it, plus and minus size it, Delete leaves it out.</p>
    ${results.end(r)}
  </section>`;
}
