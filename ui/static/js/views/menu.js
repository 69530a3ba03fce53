// @ts-check
// The menu of a word: header, the actionables' actions, include, exclude, copy.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { clock, fraction } from '../format.js';
import { icon } from '../icons.js';
import { choose, menu, shown } from '../menu.js';
import { visible } from '../segments.js';

/** @import {Group, Item} from '../actions.js' */

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

/** @param {Item} i */
const item = (i) => html`<button role="menuitem" tabindex="-1" data-item=${i.hook ?? ''} @click=${(/** @type {MouseEvent} */ e) => choose(i, e.ctrlKey || e.metaKey)}>
  ${icon(i.icon)}<span>${i.label}${i.note ? html`<small class="mono">${i.note}</small>` : nothing}</span>
  ${i.leaves ? html`<span class="badge leaves">${icon('out')}leaves this host</span>` : nothing}
  ${i.key ? html`<kbd>${i.key}</kbd>` : nothing}
</button>`;

/** @param {Group} g @param {number} n @param {Group[]} all */
const group = (g, n, all) => html`${n ? html`<hr>` : nothing}<div role="group" aria-label=${g.label || 'This text'}>
  ${g.label && all.length > 2 ? html`<p class="label" aria-hidden="true">${g.label}</p>` : nothing}
  ${g.items.map(item)}
</div>`;

export function render() {
  const all = shown();
  return html`<div class="head"><b class="mono">${visible(menu.text)}</b><span class="dim">${about()}</span></div>
    <div role="menu" aria-label="Actions for ${menu.text}">${all.map(group)}</div>
    ${all.length ? nothing : html`<p class="label">Nothing here is called “${menu.filter}”.</p>`}
    <p class="foot dim"><span>${menu.filter ? html`Filter: <b>${menu.filter}</b>` : 'Type to filter'}</span><span><kbd>Ctrl</kbd> <kbd>↵</kbd> new tab</span></p>`;
}
