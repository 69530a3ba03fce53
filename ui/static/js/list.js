// @ts-check
// Keys and pointer in the results: one tab stop, j and k between entries, n and p between their words.

import { afterDraw, focusOn, update } from './app.js';
import { exclude, fieldTerm, include, literal } from './query.js';
import { onKey, typing } from './keys.js';
import { openMenu } from './menu.js';
import { forget, opened } from './opened.js';
import { amend, route } from './route.js';
import { ask, cancel, more, openEntry, point, search } from './search.js';
import { brush } from './brush.js';
import { hitsOf } from './segments.js';
import { picker, togglePicker } from './picker.js';

/** @param {string} id @returns {HTMLElement|null} */
const row = (id) => document.getElementById('e' + id);

/** Puts the focus on an entry's row. @param {string} id */
function focusRow(id) {
  afterDraw(() => {
    const el = row(id);
    el?.focus({ preventScroll: true });
    el?.scrollIntoView({ block: 'nearest' });
  });
}

let follow = 0;

/** @param {number} by */
function step(by) {
  const all = search.result?.entries ?? [];
  const i = all.findIndex((e) => e.id === search.cursor);
  const next = all[Math.max(0, Math.min(all.length - 1, i < 0 ? 0 : i + by))];
  if (!next) return;
  // The first key only takes the focus to where the cursor is.
  const first = !document.activeElement?.closest('#results');
  const id = first && i >= 0 ? search.cursor : next.id;
  point(id);
  focusRow(id);
  if (by > 0 && i >= all.length - 5) void more();
  if (search.result?.packets && opened.id && opened.id !== id) {
    // The detail follows the cursor once it rests.
    clearTimeout(follow);
    follow = setTimeout(() => openEntry(search.cursor, true), 60);
  }
}

/** @param {number} by */
function word(by) {
  const scope = document.activeElement?.closest('[role=tree]') ?? row(search.cursor);
  if (!scope) return;
  const words = [...scope.querySelectorAll('.act')].filter((w) => w instanceof HTMLElement);
  const at = words.indexOf(/** @type {HTMLElement} */ (document.activeElement));
  const next = words[at < 0 ? (by > 0 ? 0 : words.length - 1) : (at + by + words.length) % words.length];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
}

/** The word under the focus, or the first of the entry under the cursor. */
function wordAt() {
  const el = document.activeElement?.closest('.act') ?? row(search.cursor)?.querySelector('.act');
  return el instanceof HTMLElement ? el : null;
}

/** @param {boolean} plus */
function narrow(plus) {
  const el = document.activeElement?.closest('.act');
  if (!el) return false;
  const value = hitsOf(el)[0]?.value ?? el.textContent ?? '';
  const field = el.closest('[data-field]')?.getAttribute('data-field');
  const term = field ? fieldTerm(field, value) : literal(value);
  ask(plus ? include(route.q, term) : exclude(route.q, term));
  return true;
}

/** Closes the innermost thing that is open, from a word out to the search. */
function escape() {
  if (picker.open) {
    togglePicker(false);
    document.getElementById('time')?.focus();
  } else if (brush.chosen) {
    brush.chosen = null;
    update();
  } else if (document.activeElement?.matches('.act')) {
    const el = /** @type {HTMLElement|null} */ (document.activeElement.closest('[tabindex="0"], li[data-entry], tr[data-entry], [role=treeitem]'));
    el?.focus();
  } else if (search.running) cancel();
  else if (typing(document.activeElement)) focusRow(search.cursor);
  else if (opened.id) {
    const id = opened.id;
    forget();
    amend({ open: '' });
    update();
    focusRow(id);
  } else return false;
  return true;
}

/** @param {KeyboardEvent} e */
function enter(e) {
  const el = document.activeElement;
  if (el instanceof HTMLElement && el.matches('.act')) {
    openMenu(el);
    return true;
  }
  if (!(e.target instanceof Element) || !e.target.matches('#results [data-entry]')) return false;
  openEntry(search.cursor);
  focusRow(search.cursor);
  return true;
}

// Jobs and actionables: what can be focused of each row already is its tab stop.
const rows = /** @type {Record<string, string>} */ ({ fleet: '#jobs .turn', captures: '#captures td:first-child a', actionables: '[data-actionable]' });

/** @param {string} selector @param {number} by */
function among(selector, by) {
  const all = [...document.querySelectorAll(selector)].filter((x) => x instanceof HTMLElement);
  const i = all.findIndex((x) => x === document.activeElement);
  const next = all[i < 0 ? 0 : Math.max(0, Math.min(all.length - 1, i + by))];
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
  return true;
}

onKey((key) => {
  if (key !== '/' || route.view === 'search') return false;
  document.querySelector('[data-nav=search]')?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
  focusOn('#q');
  return true;
});

onKey((key) => (key === 'j' || key === 'k') && rows[route.view] ? among(rows[route.view], key === 'j' ? 1 : -1) : false);

onKey((key, e) => {
  if (route.view !== 'search') return false;
  switch (key) {
    case '/': {
      const q = /** @type {HTMLTextAreaElement|null} */ (document.getElementById('q'));
      q?.focus();
      q?.select();
      return true;
    }
    case 'j': step(1); return true;
    case 'k': step(-1); return true;
    case 'n': word(1); return true;
    case 'p': word(-1); return true;
    case 'm': {
      const el = wordAt();
      if (el) openMenu(el);
      return true;
    }
    case '+': return narrow(true);
    case '-': return narrow(false);
    case 't':
      togglePicker(true);
      return true;
    case 'Escape': return escape();
    case 'Enter': return enter(e);
    case ' ': return document.activeElement?.matches('.act') ? enter(e) : false;
  }
  return false;
});

const io = new IntersectionObserver((entries) => {
  if (entries.some((e) => e.isIntersecting) && !search.more) void more();
}, { rootMargin: '400px' });
/** @type {Element|null} */
let watched = null;

/** Watches the end of the list, so that the next page comes by itself. */
export function watchEnd() {
  const el = document.getElementById('more');
  if (el === watched) return;
  if (watched) io.unobserve(watched);
  watched = el;
  if (el) io.observe(el);
}

/** One listener for all rows. */
export function start() {
  document.addEventListener('focusin', (e) => {
    const el = e.target instanceof Element ? e.target.closest('#results [data-entry]') : null;
    const id = el?.getAttribute('data-entry');
    if (id) point(id);
  });
  document.addEventListener('click', (e) => {
    const t = e.target instanceof Element ? e.target : null;
    const el = t?.closest('#results [data-entry]');
    const id = el?.getAttribute('data-entry');
    if (!el || !id || !t || t.closest('.act, a, .detail') || getSelection()?.toString()) return;
    if (t.closest('tr')) openEntry(id, true);
    // The whole column of the arrow opens: the arrow alone is a small thing to hit.
    else if (t.closest('.turn') || (t === el && e.clientX - el.getBoundingClientRect().left < 24)) openEntry(id);
  });
  // Shift F10 and the menu key on a row mean its word.
  document.addEventListener('contextmenu', (e) => {
    if (!(e.target instanceof Element) || !e.target.matches('#results [data-entry]') || e.button === 2) return;
    const el = wordAt();
    if (!el) return;
    e.preventDefault();
    openMenu(el);
  });
}
