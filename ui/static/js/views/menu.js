// @ts-check
// The menu of a word: header, the actionables' actions, include, exclude, copy.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { clock, fraction } from '../format.js';
import { icon } from '../icons.js';
import { choose, menu, rows } from '../menu.js';
import { visible } from '../segments.js';

/** @import {Item} from '../actions.js' */
/** @import {Row} from '../menu.js' */

/** What kind of thing the value is, as far as its form says. @param {string} v */
function kind(v) {
  const m = /^(\d+)\.(\d+)\.\d+\.\d+$/.exec(v);
  if (m) {
    const [a, b] = [Number(m[1]), Number(m[2])];
    const own = a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168);
    return own ? 'IPv4, private' : a === 127 ? 'IPv4, loopback' : 'IPv4';
  }
  if (/^[0-9a-f:]+:[0-9a-f:.]*$/i.test(v)) return /^f[cd]/i.test(v) ? 'IPv6, private' : /^fe[89ab]/i.test(v) ? 'IPv6, link-local' : 'IPv6';
  return '';
}

function about() {
  const { entry, field } = menu.at;
  const where = field ? `field ${field}` : entry ? `${entry.tag} at ${clock(entry.time)}.${fraction(entry.time, 3)}` : '';
  return [kind(menu.text), where].filter(Boolean).join(' · ');
}

/** What would surprise. @param {Item} i */
const badges = (i) => html`${i.modal ? html`<span class="badge">in a frame</span>` : nothing}
  ${i.background ? html`<span class="badge">${icon('play')}in the background</span>` : nothing}
  ${i.leaves ? html`<span class="badge leaves">${icon('out')}${visible(i.leaves)}</span>` : nothing}`;

/** Which sensors have the packets; the line stands there from the start. @param {Item} i */
const cover = (i) => i.cover ? html`<small class="cover" data-cover>${menu.covers.get(i.hook ?? '') ?? 'asking which sensors have them'}</small>` : nothing;

/** @param {Row} row */
const line = (row) => row.item ? html`<button role="menuitem" tabindex="-1" data-item=${row.item.hook ?? ''} aria-disabled=${row.item.off ? 'true' : nothing} @click=${chosen(row)}>
    ${icon(row.item.icon)}<span>${visible(row.item.label)}${row.item.note ? html`<small>${visible(row.item.note)}</small>` : nothing}${cover(row.item)}</span>
    ${badges(row.item)}
    ${row.item.key ? html`<kbd>${row.item.key}</kbd>` : nothing}
  </button>`
  : html`<button role="menuitem" tabindex="-1" class="fold" data-fold=${row.group.label} aria-expanded=${row.open ? 'true' : 'false'} @click=${chosen(row)}>
    ${icon(row.open ? 'down' : 'right')}<span>${visible(row.group.label)}</span><span class="dim">${row.group.items.length}</span>
  </button>`;

/** @param {Row} row */
const chosen = (row) => (/** @type {MouseEvent} */ e) => choose(row, e.ctrlKey || e.metaKey);

/** Rows of one group stand together. @param {Row[]} all @returns {Row[][]} */
const together = (all) => all.reduce((out, row) => {
  if (out.at(-1)?.[0].group === row.group) out.at(-1)?.push(row);
  else out.push([row]);
  return out;
}, /** @type {Row[][]} */ ([]));

/** @param {Row[]} group @param {number} n @param {Row[][]} all */
function section(group, n, all) {
  const { label, value } = group[0].group;
  const first = label && value !== all[n - 1]?.[0].group.value;
  const several = new Set(menu.groups.filter((g) => g.label).map((g) => g.value)).size > 1;
  return html`${n && !(group[0].item === null && all[n - 1][0].item === null) ? html`<hr>` : nothing}
    ${first && several ? html`<p class="label value">Actionables for <b class="mono">${visible(value)}</b></p>` : nothing}
    <div role="group" aria-label=${label ? `${label}: ${value}` : 'This text'}>
      ${group[0].item && label && all.length > 2 ? html`<p class="label" aria-hidden="true">${visible(label)}</p>` : nothing}
      ${group.map(line)}
    </div>`;
}

export function render() {
  const all = together(rows());
  return html`<div class="head"><b class="mono">${visible(menu.text)}</b><span class="dim">${about()}</span></div>
    <div role="menu" aria-label="Actions for ${menu.text}">${all.map(section)}</div>
    ${all.length ? nothing : html`<p class="label">Nothing here is called “${menu.filter}”.</p>`}
    <p class="foot dim"><span>${menu.filter ? html`Filter: <b>${menu.filter}</b>` : 'Type to filter'}</span><span><kbd>Ctrl</kbd> <kbd>↵</kbd> new tab</span></p>`;
}
