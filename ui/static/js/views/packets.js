// @ts-check
// Results that are packets: one row each.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { clock, count, date, fraction, longDay } from '../format.js';
import { search } from '../search.js';
import { act, drawn, slice, visible } from '../segments.js';
import { end } from './results.js';
import { rows } from './rows.js';

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
  return html`<tr role="row" id="e${e.id}" data-entry=${e.id} class=${same ? 'same' : ''} tabindex=${current ? 0 : -1} aria-current=${current ? 'true' : nothing}>
    <td role="cell" class="num">${no}</td>
    <td role="cell"><time datetime=${e.time}>${clock(e.time)}<i>.${fraction(e.time, 6)}</i></time></td>
    <td role="cell">${word(e, p.src)}</td>
    <td role="cell">${word(e, p.dst)}</td>
    <td role="cell">${visible(p.protocol)}</td>
    <td role="cell" class="num">${count(p.length)}</td>
    <td role="cell">${info(e, p)}</td>
  </tr>`;
}

/** @param {Entry} e @param {Entry|undefined} before */
const dayLine = (e, before) => before && date(before.time) === date(e.time) ? nothing : html`<tr role="row" class="day"><td role="cell">${longDay(e.time)}</td></tr>`;

/** @type {[string, (p: PacketLine) => string][]} */
const sized = [
  ['Source', (p) => p.src], ['Destination', (p) => p.dst], ['Protocol', (p) => p.protocol], ['Length', (p) => count(p.length)],
];

/** @type {WeakMap<Result, string>} */
const widths = new WeakMap();

/** Columns as wide as what the first page has in them. @param {Result} r */
function width(r) {
  let w = widths.get(r);
  if (!w) {
    const some = r.entries.slice(0, 200).flatMap((e) => e.packet ?? []);
    const longest = (/** @type {(p: PacketLine) => string} */ of, /** @type {number} */ least) => some.reduce((n, p) => Math.max(n, of(p).length), least);
    const letters = [15, ...sized.map(([name, of]) => longest(of, name.length))].map((n) => `calc(${n}ch + 18px)`);
    const all = [`calc(${Math.max(3, count(r.total).length)}ch + 24px)`, ...letters];
    const last = `calc(${Math.min(300, longest((p) => p.info, 8))}ch + 32px)`;
    widths.set(r, w = `--cols: ${all.join(' ')} minmax(${last}, 1fr); --wide: calc(${[...all, last].join(' + ')})`);
  }
  return w;
}

/** @param {Result} r */
export function render(r) {
  const chosen = conversation(r.entries.find((e) => e.id === search.cursor));
  const head = (/** @type {string} */ name, /** @type {string} */ kind = '') => html`<th role="columnheader" scope="col" class=${kind}>${name}</th>`;
  return html`<section class="pane grid list" id="results" aria-label="Packets">
    <table role="table" class=${search.stale ? 'stale' : ''} aria-label="Packets" .style=${width(r)}>
      <thead role="rowgroup"><tr role="row">${head('No.', 'num')}<th role="columnheader" scope="col" aria-sort=${r.order === 'oldest' ? 'ascending' : 'descending'}>Time</th>${sized.map(([name]) => head(name, name === 'Length' ? 'num' : ''))}${head('Info')}</tr></thead>
      ${rows(r, (page) => html`<tbody role="rowgroup" class="page">${page}</tbody>`, (e, before, i) => html`${dayLine(e, before)}${row(e, number(r, i), e.id === search.cursor, conversation(e) === chosen)}`,
    (p) => [p.entries.some((e) => conversation(e) === chosen) && chosen, r.order, r.exact && r.total])}
    </table>
    ${end(r)}
  </section>`;
}
