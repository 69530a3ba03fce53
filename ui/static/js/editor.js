// @ts-check
// The editor of actionables: a draft of one, and how its triggers do on pasted text.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { learn } from './actions.js';
import { focusOn, update } from './app.js';
import { amend, go, route } from './route.js';

/** @import {Action, Actionable, Segment} from './types.js' */

/** A draft always has all its texts. @typedef {Actionable & {description: string, menu_label: string, disabled: boolean}} Draft */

export const editor = {
  /** @type {Actionable[]|null} */
  all: null,
  listError: '',
  find: '',
  /** @type {Draft|null} */
  draft: null,
  /** As it was read or saved last. */
  saved: '',
  error: '',
  /** @type {{trigger: number, column?: number, message: string}|null} */
  triggerError: null,
  /** The stored one has changed since it was read. */
  conflict: false,
  saving: false,
  text: '10.0.1.5 asked 8.8.8.8 for www.example.com\nfe80::1527:0:0:1 answered 192.168.0.4:8080',
  /** @type {Segment[]} */
  segments: [],
  hits: 0,
  testError: '',
};

const testing = latest();
const pause = 150; // ms after the last key
let timer = 0;

/** Loads the list, and the one that the address names. @param {string} id */
export async function load(id) {
  try {
    editor.all = (await api.actionables()).actionables ?? [];
    editor.listError = '';
  } catch (e) {
    editor.listError = asError(e).message;
    return update();
  }
  if (id === 'new') {
    if (editor.draft?.version !== 0) take({ id: '', name: '', description: '', menu_label: '', version: 0, triggers: [{ pattern: '', on: 'click' }], actions: [action('search')] });
  } else {
    const one = editor.all.find((a) => a.id === id) ?? editor.all[0];
    const same = editor.draft && one && editor.draft.id === one.id && dirty();
    if (!same && one) take(one);
    if (!one) editor.draft = null;
  }
  test();
  update();
}

/** @param {Actionable} a */
function take(a) {
  editor.draft = structuredClone({ ...a, description: a.description ?? '', menu_label: a.menu_label ?? '', disabled: Boolean(a.disabled) });
  editor.saved = JSON.stringify(editor.draft);
  Object.assign(editor, { error: '', triggerError: null, conflict: false });
}

/** Whether there is something to save. */
export const dirty = () => editor.draft !== null && JSON.stringify(editor.draft) !== editor.saved;

/** @param {string} kind @param {string} [name] @returns {Action} */
export function action(kind, name = '') {
  if (kind === 'packets') return { name: name || 'Packets of this host', kind, host: '{value}', before: '5m', after: '5m' };
  if (kind === 'url') return { name: name || 'Look it up', kind, url: 'https://' };
  return { name: name || 'Search this', kind: 'search', query: '{value}' };
}

/** Changes the draft. @param {(d: Draft) => void} f */
export function edit(f) {
  if (!editor.draft) return;
  f(editor.draft);
  editor.error = '';
  test();
  update();
}

/** Tries the triggers on the text, once the keys rest. */
export function test() {
  clearTimeout(timer);
  timer = setTimeout(() => void run(), pause);
}

async function run() {
  const d = editor.draft;
  if (!d) return;
  // What is blank yet is not wrong yet; its place in the list is kept for errors.
  const places = d.triggers.map((t, i) => i).filter((i) => d.triggers[i].pattern && !d.triggers[i].disabled);
  try {
    const triggers = places.map((i) => d.triggers[i]);
    const a = triggers.length ? await testing.run((signal) => api.test({ triggers, text: editor.text }, signal)) : { segments: [{ t: editor.text }], hits: 0 };
    Object.assign(editor, { segments: a.segments ?? [], hits: a.hits, testError: '', triggerError: null });
    announce(`${a.hits} hits`);
  } catch (e) {
    if (aborted(e)) return;
    const err = asError(e);
    if (err.trigger === undefined) editor.testError = err.message;
    else {
      editor.triggerError = { trigger: places[err.trigger] ?? err.trigger, column: err.column, message: err.reason };
      Object.assign(editor, { segments: [{ t: editor.text }], hits: 0, testError: '' });
    }
  }
  update();
}

/** Stores the draft, or takes the focus to what is wrong. */
export async function save() {
  const d = editor.draft;
  if (!d || editor.saving) return;
  if (!d.name.trim()) {
    editor.error = 'A name is needed.';
    return focusOn('#actionable-name');
  }
  editor.saving = true;
  update();
  try {
    const stored = d.version ? await api.putActionable(d) : await api.addActionable(d);
    take(stored);
    announce('Saved');
    void learn();
    editor.saving = false;
    if (route.id !== stored.id) amend({ id: stored.id });
    await load(stored.id);
  } catch (e) {
    const err = asError(e);
    editor.error = err.message;
    editor.conflict = err.status === 409;
    if (err.trigger !== undefined) {
      editor.triggerError = { trigger: err.trigger, column: err.column, message: err.reason };
      focusOn(`#trigger-${err.trigger}`);
    }
  }
  editor.saving = false;
  update();
}

/** Drops the changes. */
export function undo() {
  const d = editor.draft;
  if (!d) return;
  if (d.version) take(JSON.parse(editor.saved));
  else {
    editor.draft = null;
    go({ view: 'actionables' });
  }
  test();
  update();
}

/** Takes the stored one, after somebody else has saved it. */
export function reread() {
  const id = editor.draft?.id ?? '';
  editor.draft = null;
  void load(id);
}

/** Deletes the one in the editor. */
export async function remove() {
  const d = editor.draft;
  if (!d) return;
  try {
    await api.deleteActionable(d);
    announce(`${d.name} deleted`);
    editor.draft = null;
    void learn();
    go({ view: 'actionables' });
  } catch (e) {
    const err = asError(e);
    editor.error = err.message;
    editor.conflict = err.status === 409;
    update();
  }
}
