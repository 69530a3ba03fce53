// @ts-check
// The menu of a word: opened alike by click, key and right click.

import { render } from '../vendor/lit-html/lit-html.js';
import { api } from './api.js';
import { actionables, groups } from './actions.js';
import { neighbour } from './context.js';
import { opened } from './opened.js';
import { search } from './search.js';
import { hitsOf } from './segments.js';
import * as view from './views/menu.js';

/** @import {Context, Group, Item} from './actions.js' */
/** @import {Hit} from './types.js' */

const host = /** @type {HTMLElement} */ (document.getElementById('menu'));

export const menu = {
  open: false,
  text: '',
  /** @type {Context} */
  at: { entry: null, field: '' },
  /** @type {Group[]} */
  groups: [],
  filter: '',
};

/** @type {HTMLElement|null} */
let word = null;
/** @type {DOMRect|null} */
let selected = null;

/** The items that the filter leaves. @returns {Group[]} */
export const shown = () => menu.groups
  .map((g) => ({ ...g, items: g.items.filter((i) => i.label.toLowerCase().includes(menu.filter.toLowerCase())) }))
  .filter((g) => g.items.length);

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
  const text = (el.textContent ?? '').replace(/\u200b/g, '');
  show(el, hitsOf(el), text, null);
}

/**
 * @param {HTMLElement} el Takes the focus afterwards.
 * @param {Hit[]} hits
 * @param {string} text
 * @param {DOMRect|null} rect Of selected text.
 */
function show(el, hits, text, rect) {
  closeMenu(false);
  word = el;
  selected = rect;
  const at = context(el);
  // The value of the trigger's group is what people mean; the text may be longer.
  const value = hits[0]?.value ?? text;
  Object.assign(menu, { open: true, text: value, at, filter: '', groups: groups(hits, value, at) });
  draw();
  host.showPopover();
  el.classList.add('open');
  place();
  move(0);
}

/** @param {boolean} [back] The focus goes back to the word. */
export function closeMenu(back = true) {
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

/** @param {Item} item @param {boolean} tab */
export function choose(item, tab) {
  closeMenu();
  void item.run(tab);
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
  const item = shown().flatMap((g) => g.items)[i];
  if (item) choose(item, tab);
}

/** @param {string} hook */
function byHook(hook) {
  const item = menu.groups.flatMap((g) => g.items).find((i) => i.hook === hook);
  if (item) choose(item, false);
}

/** @param {EventTarget|null} t @returns {HTMLElement|null} */
const wordAt = (t) => t instanceof Element ? /** @type {HTMLElement|null} */ (t.closest('.act')) : null;

/** Text selected in an entry has the actionables for selections. @param {Event} e */
async function onSelected(e) {
  const sel = getSelection();
  const text = sel?.toString().trim() ?? '';
  const at = sel?.anchorNode?.parentElement;
  if (!sel || !text || text.length > 4096 || text.includes('\n') || !at?.closest('[data-entry]')) return;
  e.preventDefault();
  const rect = sel.getRangeAt(0).getBoundingClientRect();
  const back = /** @type {HTMLElement} */ (at.closest('[tabindex]') ?? at);
  const hits = await Promise.all(actionables().filter((a) => !a.disabled).map(async (a) => {
    const triggers = a.triggers.filter((t) => t.on === 'selection' && !t.disabled);
    if (!triggers.length) return [];
    // A trigger that cannot be asked offers nothing; the others still do.
    const { segments } = await api.test({ triggers, text }).catch(() => ({ segments: [] }));
    const hit = segments.flatMap((s) => s.a ?? [])[0];
    return hit ? [{ id: a.id, value: hit.value }] : [];
  }));
  show(back, hits.flat(), text, rect);
  menu.text = text;
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
