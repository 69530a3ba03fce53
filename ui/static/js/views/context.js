// @ts-check
// The lines around an entry, oldest first, as they stand in its stream.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { context, moreContext, openContext } from '../context.js';
import { clock, date, fraction } from '../format.js';
import { state } from '../icons.js';
import { href, route } from '../route.js';
import { preview } from '../segments.js';

/** @import {Entry} from '../types.js' */

/** @param {Entry} e @param {boolean} self @param {Entry|undefined} before */
const line = (e, self, before) => html`<li class=${self ? 'self' : ''} data-around=${e.id} aria-current=${self ? 'true' : nothing}>
  ${self
    ? html`<time datetime=${e.time}>${clock(e.time)}<i>.${fraction(e.time, 3)}</i></time>`
    : html`<a href=${href({ ...route, show: '', live: '', entry: e.id, open: '' })} aria-label="Open the line of ${clock(e.time)}.${fraction(e.time, 3)}"><time datetime=${e.time}>${clock(e.time)}<i>.${fraction(e.time, 3)}</i></time></a>`}
  <code class="raw">${before && date(before.time) !== date(e.time) ? html`<b class="dim">${date(e.time)} </b>` : nothing}${preview(e)}</code>
</li>`;

/** @param {'before'|'after'} side @param {boolean} there @param {number} n */
const more = (side, there, n) => there
  ? html`<button class="quiet small" data-more=${side} @click=${() => moreContext(side)}>${context.loading ? 'Loading…' : `More ${side}`}</button>`
  : html`<p class="dim edge">${n ? (side === 'before' ? 'Begin' : 'End') : 'Nothing ' + side + ' it: the ' + (side === 'before' ? 'begin' : 'end')} of the stream${n >= 500 ? ', or 500 lines: open one of them to go on' : nothing}</p>`;

/** @param {Entry} e */
export function render(e) {
  if (context.id !== e.id) return nothing;
  if (context.error && !context.before.length && !context.after.length) {
    return html`<p class="around">${state('bad', 'bad', context.error)} <button class="small" @click=${() => openContext(e.id)}>Try again</button></p>`;
  }
  if (context.loading && !context.before.length && !context.after.length) return html`<p class="around dim">Reading the lines around it…</p>`;
  const all = [...context.before, e, ...context.after];
  return html`<div class="around" id="around">
    ${more('before', context.moreBefore, context.before.length)}
    <ol aria-label="Lines around it, oldest first">${all.map((x, i) => line(x, x.id === e.id, all[i - 1]))}</ol>
    ${more('after', context.moreAfter, context.after.length)}
    ${context.error ? state('bad', 'bad', context.error) : nothing}
  </div>`;
}
