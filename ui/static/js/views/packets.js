// @ts-check
// Results that are packets: one row each.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { guard } from '../../vendor/lit-html/directives/guard.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { clock, count, date, fraction, longDay } from '../format.js';
import { state } from '../icons.js';
import { more, search } from '../search.js';
import { act, drawn, slice, visible } from '../segments.js';

/** @import {Result} from '../search.js' */
/** @import {Entry, PacketLine, Segment} from '../types.js' */

/** A word, with the mark and the menu that it has in the line. @param {Entry} e @param {string} text */
function word(e, text) {
  if (!text) return nothing;
  let marked = false;
  /** @type {Segment|undefined} */
  let hit;
  for (const s of e.segments) {
    if (s.t === text && s.m) marked = true;
    if (!hit && s.a?.some((h) => h.value === text)) hit = s;
  }
  const shown = marked ? html`<mark>${visible(text)}</mark>` : visible(text);
  return hit?.a ? act(hit.a.filter((h) => h.value === text), shown) : shown;
}

/** The info. Its end stands in the line, with its marks; the ports before it stand there elsewhere. @param {Entry} e @param {PacketLine} p */
function info(e, p) {
  let same = 0;
  while (same < p.info.length && p.info.at(-1 - same) === e.raw.at(-1 - same)) same++;
  const head = p.info.slice(0, p.info.length - same).split(/(\w+)/).map((t, i) => i % 2 ? word(e, t) : visible(t));
  return [head, drawn(slice(e.segments, e.raw.length - same, e.raw.length))];
}

/** Packets count from the first of the source, whichever end is read first. @param {Result} r @param {number} i */
function number(r, i) {
  if (r.order === 'oldest') return count(i + 1);
  return r.exact ? count(r.total - i) : '';
}

/** @type {WeakMap<Entry, string>} */
const conversations = new WeakMap();

/** The conversation of a packet: both sides, in one order. @param {Entry|undefined} e */
function conversation(e) {
  const p = e?.packet;
  if (!e || !p) return '';
  let c = conversations.get(e);
  if (c === undefined) {
    c = [`${p.src}|${p.src_port ?? ''}`, `${p.dst}|${p.dst_port ?? ''}`].sort().join('|');
    conversations.set(e, c);
  }
  return c;
}

/** @param {Entry} e @param {string} no @param {boolean} current @param {boolean} same */
function row(e, no, current, same) {
  const p = /** @type {PacketLine} */ (e.packet);
  return html`<tr id="e${e.id}" data-entry=${e.id} class=${same ? 'same' : ''} tabindex=${current ? 0 : -1} aria-current=${current ? 'true' : nothing}>
    <td class="num">${no}</td>
    <td><time datetime=${e.time}>${clock(e.time)}<i>.${fraction(e.time, 6)}</i></time></td>
    <td>${word(e, p.src)}</td>
    <td>${word(e, p.dst)}</td>
    <td>${visible(p.protocol)}</td>
    <td class="num">${count(p.length)}</td>
    <td>${info(e, p)}</td>
  </tr>`;
}

/** @param {Entry} e @param {Entry|undefined} before */
const dayLine = (e, before) => before && date(before.time) === date(e.time) ? nothing : html`<tr class="day"><td colspan="7">${longDay(e.time)}</td></tr>`;

/** @param {Result} r */
export function render(r) {
  const chosen = conversation(r.entries.find((e) => e.id === search.cursor));
  return html`<section class="pane list ${search.stale ? 'stale' : ''}" id="results" aria-label="Packets">
    <table class="mono">
      <thead><tr><th scope="col" class="num">No.</th><th scope="col" aria-sort=${r.order === 'oldest' ? 'ascending' : 'descending'}>Time</th><th scope="col">Source</th><th scope="col">Destination</th><th scope="col">Protocol</th><th scope="col" class="num">Length</th><th scope="col">Info</th></tr></thead>
      <tbody>${repeat(r.entries, (/** @type {Entry} */ e) => e.id, (/** @type {Entry} */ e, /** @type {number} */ i) => {
    const current = e.id === search.cursor;
    const same = conversation(e) === chosen;
    const no = number(r, i);
    return guard([e, current, same, no], () => html`${dayLine(e, r.entries[i - 1])}${row(e, no, current, same)}`);
  })}</tbody>
    </table>
    ${r.next ? html`<div class="end" id="more">
      ${search.more && search.more !== 'loading' ? state('bad', 'bad', search.more) : nothing}
      <button class="small" id="load-more" @click=${more}>${search.more === 'loading' ? 'Loading more…' : 'Load more'}</button>
    </div>` : nothing}
  </section>`;
}
