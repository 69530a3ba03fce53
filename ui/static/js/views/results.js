// @ts-check
// Results as lines.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { clock, count, date, fraction, longDay } from '../format.js';
import { icon, state } from '../icons.js';
import { opened } from '../opened.js';
import { route } from '../route.js';
import { more, search } from '../search.js';
import { isJSON } from '../columns.js';
import { drawn, isLong, preview } from '../segments.js';
import { moment } from '../times.js';
import * as entry from './entry.js';
import { rows } from './rows.js';

/** @import {Result} from '../search.js' */
/** @import {Entry} from '../types.js' */

const longest = 64 * 1024; // characters of an open line

/** The text of an open line, as far as a page can show it. @param {Entry} e */
export function whole(e) {
  if (e.raw.length <= longest) return drawn(e.segments, { json: isJSON(e) });
  return html`${visibleStart(e)}<span class="dim">… ${count(e.raw.length - longest)} more characters; copy the line to have them</span>`;
}

/** @param {Entry} e */
function visibleStart(e) {
  let n = 0;
  return drawn(e.segments.filter((s) => (n += s.t.length) <= longest), { json: isJSON(e) });
}

/** @param {Entry} e */
const when = (e) => html`<span class="when"><time datetime=${e.time}>${clock(e.time)}<i>.${fraction(e.time, 3)}</i></time><span class="tag">${e.tag}${e.source ? ` src:${e.source}` : nothing}${e.time_guessed ? html` <span class="badge" title="The line has no time of its own: this is when it arrived">arrival</span>` : nothing}</span></span>`;

/** @param {Entry} e @param {boolean} current */
function row(e, current) {
  const open = opened.id === e.id;
  return html`<li role="listitem" id="e${e.id}" data-entry=${e.id} data-tag=${e.tag} class=${open ? 'open' : ''} tabindex=${current ? 0 : -1} aria-current=${current ? 'true' : nothing}>
    <button class="turn" tabindex="-1" aria-expanded=${open ? 'true' : 'false'} aria-label=${open ? 'Close' : 'Open'}>${icon(open ? 'down' : 'right')}</button>
    ${when(e)}<code class="raw ${open && isLong(e.raw) ? 'long' : ''}" tabindex=${open && isLong(e.raw) ? 0 : nothing}>${open ? whole(e) : preview(e)}</code>
    ${open ? entry.render(e) : nothing}
  </li>`;
}

/** Whether the range lies in one day, which the picker then says. */
function oneDay() {
  const [from, to] = [moment(route.from), moment(route.to)];
  return from !== undefined && to !== undefined && date(from) === date(to - 1);
}

/** @param {Entry} e @param {Entry|undefined} before */
function dayLine(e, before) {
  if (before ? date(before.time) === date(e.time) : oneDay()) return nothing;
  return html`<li role="listitem" class="day">${longDay(e.time)}</li>`;
}

/** The end of the list: more, or that this is all. @param {Result} r */
export function end(r) {
  if (!r.next) return nothing;
  return html`<div class="end" id="more">
    ${search.more && search.more !== 'loading' ? state('bad', 'bad', search.more) : nothing}
    <button class="small" id="load-more" @click=${more}>${search.more === 'loading' ? 'Loading more…' : 'Load more'}</button>
  </div>`;
}

/** @param {Result} r */
export const render = (r) => html`<div class="pane" id="results">
    <div class="results ${search.stale ? 'stale' : ''}" role="list" aria-label="Results">
      ${rows(r, (page) => html`<ol class="page" role="presentation">${page}</ol>`, (e, before) => html`${dayLine(e, before)}${row(e, e.id === search.cursor)}`)}
    </div>
    ${end(r)}
  </div>`;
