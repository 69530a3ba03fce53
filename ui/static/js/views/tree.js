// @ts-check
// A packet decoded: layers, and their fields.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { update } from '../app.js';
import { copy } from '../copy.js';
import { choose, fold, lines, treeKey, unfolded } from '../decoded.js';
import { count, plural } from '../format.js';
import { icon } from '../icons.js';
import { opened } from '../opened.js';
import { href, route } from '../route.js';
import { openEntry, search } from '../search.js';
import { drawn, visible } from '../segments.js';

/** @import {Layer, LayerField} from '../types.js' */

/** @param {string} path */
const chosen = (path) => opened.line === path;

/** @param {LayerField} f @param {string} path */
const field = (f, path) => html`<li role="treeitem" aria-selected=${chosen(path) ? 'true' : 'false'} class=${opened.over === path ? 'over' : ''} data-line=${path} data-field=${f.name} tabindex=${chosen(path) ? 0 : -1}>
  <div><span>${f.label}: ${f.segments?.length ? drawn(f.segments) : visible(f.value)}</span><code>${f.name}</code></div></li>`;

/** @param {Layer} l @param {number} i */
function layer(l, i) {
  const open = unfolded(l);
  const has = Boolean(l.fields?.length);
  return html`<li role="treeitem" aria-selected=${chosen(`${i}`) ? 'true' : 'false'} aria-expanded=${has ? (open ? 'true' : 'false') : nothing} class=${opened.over === `${i}` ? 'over' : ''} data-line=${i} tabindex=${chosen(`${i}`) ? 0 : -1}>
    <div>${has ? html`<span class="fold">${icon(open ? 'down' : 'right')}</span>` : nothing}<span>${visible(l.label)}</span><code>${l.name}</code></div>
    ${has && open ? html`<ul role="group">${l.fields?.map((f, j) => field(f, `${i}.${j}`))}</ul>` : nothing}
  </li>`;
}

/** @param {EventTarget|null} t */
const pathAt = (t) => t instanceof Element ? t.closest('[data-line]')?.getAttribute('data-line') ?? '' : '';

/** @param {Event} e */
function click(e) {
  const path = pathAt(e.target);
  if (!path || (e.target instanceof Element && e.target.closest('.act'))) return;
  const line = lines().find((l) => l.path === path);
  if (e.target instanceof Element && e.target.closest('.fold') && line) fold(/** @type {Layer} */ (line.item));
  choose(path);
}

/** @param {Event} e */
function twice(e) {
  const line = lines().find((l) => l.path === pathAt(e.target));
  if (line && !line.leaf) fold(/** @type {Layer} */ (line.item));
}

/** @param {Event} e */
function over(e) {
  const path = e.type === 'mouseleave' ? '' : pathAt(e.target);
  if (path === opened.over) return;
  opened.over = path;
  update();
}

/** The text of the whole tree. */
const text = () => (opened.full?.layers ?? []).map((l) => [l.label, ...(l.fields ?? []).map((f) => `  ${f.label}: ${f.value}`)].join('\n')).join('\n');

function head() {
  const r = search.result;
  const i = r?.entries.findIndex((e) => e.id === opened.id) ?? -1;
  const p = opened.full?.packet;
  const no = r && i >= 0 && r.packets && (r.order === 'oldest' || r.exact) ? count(r.order === 'oldest' ? i + 1 : r.total - i) : '';
  const origin = opened.full?.origin ?? {};
  return html`<h2 id="tree-head">Packet ${no}</h2>
    <span class="dim">${[p && plural(p.length, 'byte'), p?.captured && p.captured < p.length && `${count(p.captured)} captured`, origin.sensor, origin.job && `job ${origin.job}`].filter(Boolean).join(', ')}</span>`;
}

export const render = () => html`<section class="tree" aria-labelledby="tree-head">
  <header>${head()}<span class="grow"></span>
    <button class="quiet small" data-do="copy-link" @click=${() => void copy(location.origin + href({ entry: opened.id, q: route.q }), 'Link')}>${icon('link')}Copy link</button>
    <button class="quiet small square" aria-label="Copy the decoded packet" @click=${() => void copy(text(), 'Packet')}>${icon('copy')}</button>
    ${search.result?.packets && !route.entry ? html`<button class="quiet small square" id="packet-close" aria-label="Close the packet" @click=${() => openEntry(opened.id, false)}>${icon('close')}</button>` : nothing}
  </header>
  <ul role="tree" id="tree" aria-label="Decoded" data-entry=${opened.id} @click=${click} @dblclick=${twice} @keydown=${treeKey} @mouseover=${over} @mouseleave=${over}>
    ${opened.full?.layers?.map(layer)}
  </ul>
</section>`;
