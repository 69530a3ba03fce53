// @ts-check
// What the items of a menu do. The server fills in the values; here they only take effect.

import { api } from './api.js';
import { copy } from './copy.js';
import { openForm } from './form.js';
import { exclude, fieldTerm, include, literal } from './query.js';
import { go, href, route } from './route.js';
import { ask } from './search.js';
import { failed } from './toasts.js';

/** @import {Actionable, Entry, Hit} from './types.js' */
/** @import {IconName} from './icons.js' */

/**
 * @typedef {object} Context Where the word stands.
 * @property {Entry|null} entry
 * @property {string} field
 *
 * @typedef {object} Item
 * @property {string} label
 * @property {IconName} icon
 * @property {string} [note]
 * @property {boolean} [leaves] It takes the value to another host.
 * @property {string} [key]
 * @property {string} [hook] For tests.
 * @property {(tab: boolean) => unknown} run tab: into a new one
 *
 * @typedef {{label: string, items: Item[]}} Group
 */

/** @type {Actionable[]} */
let known = [];

/** Loads the actionables; menus need their names. */
export async function learn() {
  try {
    known = (await api.actionables()).actionables ?? [];
  } catch (e) {
    failed(e);
  }
}

/** @returns {Actionable[]} */
export const actionables = () => known;

/** @type {Record<string, IconName>} */
const icons = { search: 'search', packets: 'packets', url: 'out' };

/**
 * The groups of the menu for a word.
 * @param {Hit[]} hits
 * @param {string} text
 * @param {Context} at
 * @returns {Group[]}
 */
export function groups(hits, text, at) {
  /** @type {Group[]} */
  const out = [];
  for (const hit of hits) {
    const a = known.find((k) => k.id === hit.id);
    if (!a || a.disabled) continue;
    const label = a.menu_label || a.name;
    const items = a.actions.map((action, i) => item(a, i, hit, at, action.kind));
    const same = out.find((g) => g.label === label);
    if (same) same.items.push(...items);
    else out.push({ label, items });
  }
  out.push({ label: '', items: always(text, at) });
  return out;
}

/**
 * @param {Actionable} a
 * @param {number} i
 * @param {Hit} hit
 * @param {Context} at
 * @param {string} kind
 * @returns {Item}
 */
function item(a, i, hit, at, kind) {
  const { name } = a.actions[i];
  return {
    label: kind === 'packets' && !name.endsWith('…') ? name + '…' : name,
    icon: icons[kind] ?? 'right',
    leaves: kind === 'url',
    hook: `${a.id}-${i}`,
    run: (tab) => perform(a, i, hit, at, tab),
  };
}

/**
 * What every word has: include, exclude, copy.
 * @param {string} text
 * @param {Context} at
 * @returns {Item[]}
 */
function always(text, at) {
  const term = at.field ? fieldTerm(at.field, text) : literal(text);
  const to = (/** @type {string} */ q, /** @type {boolean} */ tab) => tab ? newTab(href({ ...route, view: 'search', q, open: '', entry: '' })) : ask(q);
  return [
    { label: 'Include in this search', icon: 'plus', key: '+', hook: 'include', run: (tab) => to(include(route.q, term), tab) },
    { label: 'Exclude from this search', icon: 'minus', key: '−', hook: 'exclude', run: (tab) => to(exclude(route.q, term), tab) },
    { label: 'Copy', icon: 'copy', hook: 'copy', run: () => copy(text, 'text') },
  ];
}

/** @param {string} url */
const newTab = (url) => { window.open(url, '_blank', 'noopener,noreferrer'); };

/**
 * @param {Actionable} a
 * @param {number} i
 * @param {Hit} hit
 * @param {Context} at
 * @param {boolean} tab
 */
async function perform(a, i, hit, at, tab) {
  const back = document.activeElement;
  try {
    const x = await api.expand(a.id, { action: i, value: hit.value, entry: at.entry?.id });
    if (x.kind === 'search') {
      const to = { view: 'search', q: x.query ?? '', from: route.from, to: route.to };
      if (tab) newTab(href(to));
      else go(to);
    } else if (x.kind === 'url') {
      // A template may be edited by others than who clicks: javascript: must never run.
      if (!/^https?:\/\//i.test(x.url ?? '')) throw new Error(`${a.actions[i].name}: only http and https addresses are opened, not ${x.url}`);
      newTab(/** @type {string} */ (x.url));
    } else if (x.kind === 'packets') {
      openForm({ title: a.actions[i].name.replace(/…$/, ''), filter: x.filter ?? '', entry: at.entry, back });
    }
  } catch (e) {
    failed(e);
  }
}
