// @ts-check
// What the items of a menu do. The server says what a word offers and fills in the values; here they take effect.

import { api } from './api.js';
import { catalog, loadSensors } from './catalog.js';
import { copy } from './copy.js';
import { summary } from './coverage.js';
import { openForm } from './form.js';
import { openAnswer, openFrame } from './frame.js';
import { exclude, fieldTerm, include, literal } from './query.js';
import { go, href, route } from './route.js';
import { ask } from './search.js';
import { resolve } from './times.js';
import { failed, toast } from './toasts.js';

/** @import {Actionable, Entry, Expansion, Hit, MenuAnswer, MenuItem} from './types.js' */
/** @import {IconName} from './icons.js' */

/**
 * @typedef {object} Context Where the word stands.
 * @property {Entry|null} entry
 * @property {string} field
 *
 * @typedef {object} Item
 * @property {string} label
 * @property {IconName} icon
 * @property {string} [note] Why it can't be run, or where it goes.
 * @property {boolean} [off] It can't be run here.
 * @property {string} [leaves] The host that the value is taken to.
 * @property {boolean} [background] It runs without a page.
 * @property {boolean} [modal]
 * @property {string} [key]
 * @property {string} [hook] For tests.
 * @property {(tab: boolean) => unknown} run tab: into a new one
 * @property {(signal: AbortSignal) => Promise<string>} [cover] Of packets: in a few words which sensors have them.
 *
 * @typedef {{label: string, value: string, items: Item[]}} Group value: what its actions get
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

/** @type {Record<string, IconName>} */
const icons = { search: 'search', saved: 'star', packets: 'packets', url: 'out', webhook: 'play', copy: 'copy' };

/** What of the page a menu is asked with. @param {Context} at */
const around = (at) => ({ entry: at.entry?.id, ...resolve(route) });

/**
 * What the server offers for the matches.
 * @param {Hit[]} matches
 * @param {Context} at
 * @param {AbortSignal} signal
 * @returns {Promise<Group[]>}
 */
export async function offered(matches, at, signal) {
  return grouped(await api.menu({ matches, ...around(at) }, signal), at);
}

/** @param {MenuAnswer} answer @param {Context} at @returns {Group[]} */
const grouped = (answer, at) => (answer.values ?? []).flatMap(({ value, menus }) =>
  menus.map((m) => ({ label: m.label, value, items: m.items.map((i) => item(i, value, at)) })));

/**
 * What is known of the matches before the server has answered.
 * @param {Hit[]} matches
 * @param {Context} at
 * @returns {Group[]}
 */
export const expected = (matches, at) => matches.flatMap(({ id, value }) => {
  const a = known.find((k) => k.id === id && !k.disabled);
  if (!a) return [];
  const items = a.actions.map((x, action) => ({ id, action, name: x.name, kind: x.kind }));
  return [{ label: a.menu_label || a.name, value, items: items.map((i) => item(i, value, at)) }];
});

/** @param {MenuItem} i @param {string} value @param {Context} at @returns {Item} */
function item(i, value, at) {
  const refused = i.leaves && i.allowed === false;
  // Not on the list yet: choosing it leads there.
  const listable = refused && Boolean(i.host) && (!i.error || i.error.includes(`${i.host} is not on`));
  const why = i.error || (refused ? `${i.host} is not on the allow list` : '');
  return {
    label: i.kind === 'packets' && !i.name.endsWith('…') ? i.name + '…' : i.name,
    icon: icons[i.kind] ?? 'right',
    off: Boolean(why) && !listable,
    note: listable ? `${why}: opens the list` : why || i.description || '',
    leaves: i.leaves ? i.host : '',
    background: i.background,
    modal: i.modal,
    hook: `${i.id}-${i.action}`,
    run: (tab) => listable ? toList(i.host ?? '', tab) : perform(i, value, at, tab),
    cover: i.kind === 'packets' && !i.error ? (signal) => covered(i, value, at, signal) : undefined,
  };
}

/** @param {MenuItem} i @param {string} value @param {Context} at @param {AbortSignal} signal */
async function covered(i, value, at, signal) {
  if (!catalog.sensors) await loadSensors();
  if (catalog.sensors?.length === 0) return 'No sensors yet: add one';
  const { filter = '', sensors } = await api.expand(i.id, { action: i.action, value, ...around(at) }, signal);
  return summary(await api.previewJob({ query: filter, sensors: sensors ?? [] }, signal, 0));
}

/** To the allow list, with a host to be added. @param {string} host @param {boolean} tab */
function toList(host, tab) {
  const to = { view: 'actionables', show: 'hosts', q: host };
  if (tab) newTab(href(to));
  else go(to);
}

/**
 * What every word has: search, include, exclude, copy.
 * @param {string} text
 * @param {Context} at
 * @returns {Group}
 */
export function always(text, at) {
  const term = at.field ? fieldTerm(at.field, text) : literal(text);
  const to = (/** @type {string} */ q, /** @type {boolean} */ tab) => tab ? newTab(href({ ...route, view: 'search', q, open: '', entry: '' })) : ask(q);
  return {
    label: '', value: text,
    items: [
      { label: 'Include in this search', icon: 'plus', key: '+', hook: 'include', run: (tab) => to(include(route.q, term), tab) },
      { label: 'Exclude from this search', icon: 'minus', key: '−', hook: 'exclude', run: (tab) => to(exclude(route.q, term), tab) },
      { label: 'Search for this alone', icon: 'search', hook: 'alone', run: (tab) => to(term, tab) },
      { label: 'Copy', icon: 'copy', hook: 'copy', run: () => copy(text, 'text') },
      { label: 'New actionable for words like this', icon: 'more', hook: 'teach', run: (tab) => teach(text, tab) },
    ],
  };
}

/** To the editor, with a pattern for such words. @param {string} text @param {boolean} tab */
function teach(text, tab) {
  const to = { view: 'actionables', id: 'new', q: text.slice(0, 200) };
  if (tab) newTab(href(to));
  else go(to);
}

/** @param {string} url */
export const newTab = (url) => { window.open(url, '_blank', 'noopener,noreferrer'); };

/**
 * @param {MenuItem} i
 * @param {string} value
 * @param {Context} at
 * @param {boolean} tab
 */
async function perform(i, value, at, tab) {
  const back = document.activeElement;
  const body = { action: i.action, value, ...around(at) };
  // What may leave for another host is run by the server, which keeps account of it.
  const runs = i.kind === 'url' || i.kind === 'webhook';
  try {
    const x = await (runs ? api.run(i.id, body) : api.expand(i.id, body));
    effect(x, i, at, tab, back);
  } catch (e) {
    failed(e);
  }
}

/**
 * @param {Expansion} x
 * @param {{name: string}} i
 * @param {Context} at
 * @param {boolean} tab
 * @param {Element|null} back
 */
export function effect(x, i, at, tab, back) {
  const title = i.name.replace(/…$/, '');
  if (x.kind === 'search') {
    const to = { view: 'search', q: x.query ?? '', from: x.from || route.from, to: x.to || route.to };
    if (tab) newTab(href(to));
    else go(to);
  } else if (x.kind === 'packets') openForm({ title, filter: x.filter ?? '', entry: at.entry, back, wanted: x });
  else if (x.kind === 'copy') void copy(x.text ?? '', 'text');
  else if (x.kind === 'webhook') openAnswer(title, x, back);
  else if (x.kind === 'url') openURL(x, title, at, tab, back);
}

/**
 * @param {Expansion} x
 * @param {string} title
 * @param {Context} at
 * @param {boolean} tab
 * @param {Element|null} back
 */
function openURL(x, title, at, tab, back) {
  // A template may be edited by others than who clicks: javascript: must never run.
  const url = new URL(x.url ?? '', location.href);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`${title}: only http and https addresses are opened, not ${x.url}`);
  const own = url.origin === location.origin;
  const filter = url.searchParams.get('q') ?? url.searchParams.get('query');
  if (own && !tab && x.open === 'modal' && /^\/(fleet|packetfleet)\/?$/.test(url.pathname) && filter !== null) {
    openForm({ title, filter, entry: at.entry, back }); // our own form needs no frame
  } else if (x.open === 'modal' && !tab && !own) openFrame(title, url, x, back);
  else {
    if (x.reason && !tab) toast('warn', `${title} opens in a tab: ${x.reason}`);
    newTab(url.href);
  }
}
