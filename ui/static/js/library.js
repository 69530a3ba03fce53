// @ts-check
// What can be opened again: saved searches, frozen sets, and queries that were run before.

import { api, asError } from './api.js';
import { announce } from './announce.js';
import { focusOn, update } from './app.js';
import { forgetPast } from './history.js';
import { closeDialog, showDialog } from './overlay.js';
import { person, remember } from './person.js';
import { amend, go, href, route } from './route.js';
import { question, search } from './search.js';
import { failed, toast } from './toasts.js';
import * as savedialog from './views/savedialog.js';

/** @import {Frozen, FrozenSets, Saved} from './types.js' */

export const library = {
  open: false,
  /** saved, recent or frozen. */
  tab: 'saved',
  find: '',
  /** @type {Saved[]|null} */
  searches: null,
  /** @type {FrozenSets|null} */
  sets: null,
  error: '',
  /** The saved search that the address names. @type {Saved|null} */
  saved: null,
  /** The frozen set that is shown. @type {Frozen|null} */
  frozen: null,
};

/** What the dialog holds while it is open. */
export const draft = {
  /** search or results. */
  kind: 'search',
  name: '',
  note: '',
  by: '',
  /** Whether the time range is kept, too. */
  time: true,
  sending: false,
  error: '',
  field: '',
  /** @type {Saved|null} What is changed. */
  search: null,
  /** @type {Frozen|null} */
  set: null,
};

/** @param {boolean} open @param {string} [tab] */
export function toggleLibrary(open, tab = library.tab) {
  Object.assign(library, { open, tab, find: '', error: '' });
  if (open) {
    void load();
    focusOn('#library [aria-selected="true"]');
  }
  update();
}

/** Reads both lists anew. */
async function load() {
  try {
    const [{ searches }, sets] = await Promise.all([api.savedSearches(), api.frozenSets()]);
    Object.assign(library, { searches, sets, error: '' });
  } catch (e) {
    library.error = asError(e).message;
  }
  update();
}

/** What the address of a saved search is. @param {Saved} s */
export const linkOf = (s) => href({ view: 'search', q: s.q, from: s.from, to: s.to, order: s.order, show: s.show, columns: s.columns, saved: s.id });

/** What the address of a frozen set is. @param {Frozen} f */
export const setLink = (f) => href({ view: 'search', frozen: String(f.id) });

/**
 * Follows what the address names: a saved search is opened, the record of a
 * frozen set is read. Says whether the search has to wait for it.
 * @returns {boolean}
 */
export function follow() {
  const { saved, frozen, q, from, to } = route;
  if (String(library.frozen?.id ?? '') !== frozen) void about(frozen);
  if (library.saved?.id !== saved) library.saved = null;
  if (!saved || library.saved) return false;
  const bare = !q && !from && !to;
  void opened(saved, bare);
  return bare;
}

/** @param {string} id @param {boolean} bare The address names nothing but the search. */
async function opened(id, bare) {
  try {
    const s = await api.savedSearch(id);
    if (route.saved !== id) return;
    library.saved = s;
    if (bare) {
      amend({ q: s.q, from: s.from ?? '', to: s.to ?? '', order: s.order ?? '', show: s.show ?? '', columns: s.columns ?? '', saved: s.id });
      go({ ...route });
    } else if (s.id !== id) amend({ saved: s.id });
  } catch (e) {
    if (route.saved !== id) return;
    toast('bad', asError(e).status === 404 ? `There is no saved search ${id} any more.` : asError(e).message);
    go({ ...route, saved: '' });
  }
  update();
}

/** @param {string} id */
async function about(id) {
  library.frozen = null;
  if (!id) return;
  try {
    const f = await api.frozenSet(id);
    if (route.frozen === id) library.frozen = f;
  } catch {
    // The search in it says what is wrong.
  }
  update();
}

/** Opens the dialog: to save the search, or to freeze its results. @param {string} [kind] */
export function openSave(kind = 'search') {
  Object.assign(draft, { kind, name: library.saved?.name ?? '', note: library.saved?.note ?? '', by: person(), time: Boolean(route.from || route.to), sending: false, error: '', field: '', search: null, set: null });
  void load();
  showSave('#save');
}

/** @param {string} back Where the focus goes afterwards. */
function showSave(back) {
  showDialog(savedialog.render, { id: 'save-dialog', labelledby: 'save-title', back: document.querySelector(back) });
}

/** Opens the dialog on what is saved already. @param {Saved} s */
export function editSearch(s) {
  Object.assign(draft, { kind: 'search', name: s.name, note: s.note ?? '', time: Boolean(s.from || s.to), sending: false, error: '', field: '', search: s, set: null });
  showSave('#library-open');
}

/** @param {Frozen} f */
export function editSet(f) {
  Object.assign(draft, { kind: 'results', name: f.name, note: f.note, by: f.by, sending: false, error: '', field: '', search: null, set: f });
  showSave('#library-open');
}

/** @param {Event} e */
export async function submit(e) {
  e.preventDefault();
  if (draft.sending) return;
  Object.assign(draft, { sending: true, error: '', field: '' });
  update();
  try {
    await (draft.kind === 'search' ? keepSearch() : keepResults());
    closeDialog();
    if (library.open) void load();
  } catch (err) {
    const a = asError(err);
    Object.assign(draft, { error: a.message, field: /name|characters/.test(a.message) ? 'name' : '' });
    focusOn('#save-name');
  }
  draft.sending = false;
  update();
}

async function keepSearch() {
  const { name, note } = draft;
  const was = draft.search ?? (library.saved?.name === name.trim() ? library.saved : null);
  const time = draft.time ? { from: route.from, to: route.to } : {};
  const now = { q: route.q, ...time, order: route.order, show: route.show, columns: route.columns };
  // From the list a search gets another name; from the page it gets what is shown.
  const s = await api.save(draft.search ? { ...draft.search, name, note } : { ...was && { id: was.id, version: was.version }, name, note, ...now });
  if (!draft.search) {
    library.saved = s;
    amend({ saved: s.id });
  } else if (library.saved?.id === s.id) library.saved = s;
  announce(`Saved as ${s.name}`);
  toast('ok', was && !draft.search ? `Changed: ${s.name}.` : `Saved as ${s.name}.`, { href: href({ view: 'search', saved: s.id }), text: 'Its link' });
}

async function keepResults() {
  const { name, note } = draft;
  if (draft.set) {
    const f = await api.renameFrozen({ ...draft.set, name, note });
    if (library.frozen?.id === f.id) library.frozen = f;
    return;
  }
  remember(draft.by);
  const { q, from, to } = question();
  const f = await api.freeze({ q, from, to, name, note, by: draft.by });
  toast(f.limit ? 'warn' : 'ok', says(f), { href: setLink(f), text: `Open set ${f.id}` });
}

const group = new Intl.NumberFormat('en-US');

/** What a new set holds. @param {Frozen} f */
function says(f) {
  const n = `${group.format(f.entries)} ${f.entries === 1 ? 'entry' : 'entries'}`;
  return f.limit ? `Frozen: the newest ${n} of ${group.format(f.total)}, as many as a set holds.` : `Frozen: ${n}.`;
}

/** @param {Saved} s */
export async function removeSearch(s) {
  try {
    await api.unsave(s);
    if (library.saved?.id === s.id) library.saved = null;
    if (route.saved === s.id) amend({ saved: '' });
    toast('ok', `${s.name} is no longer saved.`);
  } catch (e) {
    failed(e);
  }
  await load();
}

/** @param {Frozen} f */
export async function removeSet(f) {
  try {
    await api.unfreeze(f);
    toast('ok', `Set ${f.id} is gone.`);
    if (route.frozen === String(f.id)) go({ view: 'search', q: f.q });
  } catch (e) {
    failed(e);
  }
  await load();
}

/** @param {string} [q] */
export function removePast(q) {
  forgetPast(q);
  update();
}

/** Whether results can be frozen: they are entries, and here. */
export const canFreeze = () => Boolean(search.result && !search.result.table && !route.frozen && !route.entry);
