// @ts-check
// The menu of a word: opened alike by click, key and right click.

import { render } from '../vendor/lit-html/lit-html.js';
import { api, aborted, asError, latest } from './api.js';
import { always, expected, offered } from './actions.js';
import { neighbour } from './context.js';
import { opened } from './opened.js';
import { search } from './search.js';
import { hitsOf } from './segments.js';
import { failed } from './toasts.js';
import * as view from './views/menu.js';

/** @import {Context, Group, Item} from './actions.js' */
/** @import {Hit} from './types.js' */

const host = /** @type {HTMLElement} */ (document.getElementById('menu'));

// A menu with more items than this has its groups closed.
const roomy = 14;
// ms that the menu waits for the server before it shows what is known.
const patience = 40;

export const menu = {
  open: false,
  text: '',
  /** @type {Context} */
  at: { entry: null, field: '' },
  /** @type {Group[]} */
  groups: [],
  filter: '',
  /** The groups that are unfolded, of a menu with many. @type {Set<Group>} */
  unfolded: new Set(),
  /** Which sensors have the packets of an item, by its hook. @type {Map<string, string>} */
  covers: new Map(),
};

/** @type {HTMLElement|null} */
let word = null;
/** @type {DOMRect|null} */
let selected = null;
const asking = latest();
const covering = latest();
const mostCovered = 6; // items whose packets are looked for

/**
 * @typedef {object} Row What the focus can be on.
 * @property {Group} group
 * @property {Item|null} item null: the group itself, which unfolds
 * @property {boolean} [open]
 */

/** Whether groups are folded: only if there are many, and nobody looks for a name. */
const folds = () => !menu.filter && menu.groups.reduce((n, g) => n + g.items.length, 0) > roomy;

/** What is shown, from top to bottom. @returns {Row[]} */
export function rows() {
  const fold = folds();
  const wanted = menu.filter.toLowerCase();
  return menu.groups.flatMap((group) => {
    const named = fold && Boolean(group.label);
    const open = !named || menu.unfolded.has(group);
    const items = group.items.filter((i) => i.label.toLowerCase().includes(wanted));
    return [...(named ? [{ group, item: null, open }] : []), ...(open ? items.map((item) => ({ group, item })) : [])];
  });
}

const draw = () => render(view.render(), host);

/** Where a word stands. @param {Element} el @returns {Context} */
function context(el) {
  const id = el.closest('[data-around]')?.getAttribute('data-around') ?? el.closest('[data-entry]')?.getAttribute('data-entry') ?? '';
  const entry = neighbour(id) ?? search.result?.entries.find((e) => e.id === id) ?? (opened.full?.id === id ? opened.full : null);
  return { entry, field: el.closest('[data-field]')?.getAttribute('data-field') ?? '' };
}

/**
 * Opens the menu of a word.
 * @param {HTMLElement} el
 */
export function openMenu(el) {
  const hits = hitsOf(el);
  // The value of the trigger's group is what people mean; the text may be longer.
  const text = hits[0]?.value ?? (el.textContent ?? '').replace(/\u200b/g, '');
  void show(el, hits, text, null);
}

/**
 * @param {HTMLElement} el Takes the focus afterwards.
 * @param {Hit[]} hits
 * @param {string} text
 * @param {DOMRect|null} rect Of selected text.
 */
async function show(el, hits, text, rect) {
  closeMenu(false);
  const at = context(el);
  const start = (/** @type {Group[]} */ groups) => {
    word = el;
    selected = rect;
    Object.assign(menu, { open: true, text, at, filter: '', unfolded: new Set(), covers: new Map(), groups: [...groups, always(text, at)] });
    draw();
    host.showPopover();
    el.classList.add('open');
    place();
    move(0);
    void cover(at);
  };
  if (!hits.length) return start([]);
  const answer = asking.run((signal) => offered(hits, at, signal));
  const soon = await Promise.race([answer.catch(() => null), new Promise((done) => { setTimeout(done, patience, null); })]);
  if (soon) return start(soon);
  start(expected(hits, at));
  try {
    refine(await answer, at);
  } catch (e) {
    if (!aborted(e)) failed(e);
  }
}

/** Puts what the server offers for what was expected; the focus stays. @param {Group[]} groups @param {Context} at */
function refine(groups, at) {
  if (!menu.open || menu.at !== at) return;
  const focused = document.activeElement?.getAttribute('data-item');
  menu.groups = [...groups, always(menu.text, at)];
  draw();
  place();
  const same = buttons().findIndex((b) => b.getAttribute('data-item') === focused);
  move(Math.max(0, same));
  void cover(at);
}

/** Says below packets which sensors have them; the line is there already, so nothing moves. @param {Context} at */
async function cover(at) {
  const items = menu.groups.flatMap((g) => g.items).filter((i) => i.cover && !menu.covers.has(i.hook ?? '')).slice(0, mostCovered);
  if (!items.length) return;
  await covering.run((signal) => Promise.all(items.map(async (i) => {
    try {
      menu.covers.set(i.hook ?? '', await i.cover?.(signal) ?? '');
    } catch (e) {
      if (aborted(e)) return;
      menu.covers.set(i.hook ?? '', asError(e).message);
    }
    if (menu.open && menu.at === at) draw();
  })));
}

/** @param {boolean} [back] The focus goes back to the word. */
export function closeMenu(back = true) {
  asking.stop();
  covering.stop();
  if (!menu.open) return;
  menu.open = false;
  host.hidePopover();
  word?.classList.remove('open');
  if (back && word?.isConnected) word.focus();
}

/** Below the word, or above it where there is no room. */
function place() {
  const r = selected ?? word?.getClientRects()[0];
  if (!r) return;
  const { offsetWidth: w, offsetHeight: h } = host;
  const below = r.bottom + 4;
  const top = below + h <= innerHeight - 8 ? below : Math.max(8, r.top - 4 - h);
  host.style.left = `${Math.max(8, Math.min(r.left, innerWidth - w - 8))}px`;
  host.style.top = `${top}px`;
}

/** @returns {HTMLElement[]} */
const buttons = () => [...host.querySelectorAll('[role=menuitem]')].filter((b) => b instanceof HTMLElement);

/** @param {number} to Index of the item that gets the focus. */
function move(to) {
  const all = buttons();
  if (all.length) all[(to + all.length) % all.length].focus();
  else host.focus();
}

/** @param {string} filter */
function narrow(filter) {
  menu.filter = filter;
  draw();
  place();
  move(0);
}

/** @param {Row} row @param {boolean} tab */
export function choose({ group, item }, tab) {
  if (!item) return fold(group, !menu.unfolded.has(group));
  if (item.off) return;
  closeMenu();
  void item.run(tab);
}

/** Unfolds a group, or folds it. @param {Group} group @param {boolean} open */
function fold(group, open) {
  if (open) menu.unfolded.add(group);
  else menu.unfolded.delete(group);
  draw();
  place();
  move(rows().findIndex((r) => r.group === group && !r.item));
}

/** ← and → fold and unfold the group that the focus is in. @param {number} i @param {boolean} open @returns {boolean} */
function onSide(i, open) {
  const group = rows()[i]?.group;
  if (!group?.label || !folds() || menu.unfolded.has(group) === open) return false;
  fold(group, open);
  return true;
}

/** @param {KeyboardEvent} e */
function onKey(e) {
  if (!menu.open) return;
  const all = buttons();
  const i = all.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const k = e.key;
  const hook = menu.filter ? '' : { '+': 'include', '-': 'exclude' }[k];
  if (k === 'ArrowDown') move(i + 1);
  else if (k === 'ArrowUp') move(i - 1);
  else if (k === 'ArrowRight' || k === 'ArrowLeft') onSide(i, k === 'ArrowRight');
  else if (k === 'Home') move(0);
  else if (k === 'End') move(-1);
  else if (k === 'Escape') menu.filter ? narrow('') : closeMenu();
  else if (k === 'Tab') closeMenu();
  else if (k === 'Backspace') narrow(menu.filter.slice(0, -1));
  else if (k === 'Enter' || (k === ' ' && !menu.filter)) pick(i, e.ctrlKey || e.metaKey);
  else if ((e.ctrlKey || e.metaKey) && k === 'c') byHook('copy');
  else if (e.ctrlKey || e.metaKey || e.altKey) return;
  else if (hook) byHook(hook);
  else if (k.length === 1) narrow(menu.filter + k);
  else return;
  e.preventDefault();
  e.stopPropagation();
}

/** @param {number} i @param {boolean} tab */
function pick(i, tab) {
  const row = rows()[i];
  if (row) choose(row, tab);
}

/** @param {string} hook */
function byHook(hook) {
  const group = menu.groups[menu.groups.length - 1];
  const item = group.items.find((i) => i.hook === hook);
  if (item) choose({ group, item }, false);
}

/** @param {EventTarget|null} t @returns {HTMLElement|null} */
const wordAt = (t) => t instanceof Element ? /** @type {HTMLElement|null} */ (t.closest('.act')) : null;

/** Text selected in an entry has the actionables for selections. @param {Event} e */
async function onSelected(e) {
  const sel = getSelection();
  const text = sel?.toString().trim() ?? '';
  const at = sel?.anchorNode?.parentElement;
  if (!sel || !text || text.length > 4096 || text.includes('\n') || !at?.closest('[data-entry], [data-around]')) return;
  e.preventDefault();
  const rect = sel.getRangeAt(0).getBoundingClientRect();
  const back = /** @type {HTMLElement} */ (at.closest('[tabindex]') ?? at);
  try {
    const entry = context(at).entry?.id;
    const { matches } = await asking.run((signal) => api.match({ text, selection: true, entry }, signal));
    await show(back, matches ?? [], text, rect);
  } catch (err) {
    if (!aborted(err)) failed(err);
  }
}

/** Listens for everything that opens or closes the menu. */
export function start() {
  host.addEventListener('keydown', onKey);
  document.addEventListener('click', (e) => {
    const el = wordAt(e.target);
    if (!el || getSelection()?.toString()) return;
    e.preventDefault();
    openMenu(el);
  });
  host.addEventListener('auxclick', (e) => {
    const i = e.button === 1 ? buttons().findIndex((b) => b.contains(/** @type {Node} */ (e.target))) : -1;
    if (i >= 0) pick(i, true);
  });
  document.addEventListener('contextmenu', (e) => {
    const el = wordAt(e.target);
    if (el) {
      e.preventDefault();
      openMenu(el);
    } else void onSelected(e);
  });
  document.addEventListener('pointerdown', (e) => {
    if (menu.open && !host.contains(/** @type {Node} */ (e.target))) closeMenu(false);
  });
  addEventListener('scroll', () => { if (menu.open) place(); }, true);
  addEventListener('resize', () => { if (menu.open) place(); });
}
