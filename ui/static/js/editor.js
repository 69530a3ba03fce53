// @ts-check
// The editor of actionables: the list, and a draft of one of them.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { learn } from './actions.js';
import { focusOn, update } from './app.js';
import { like } from './patterns.js';
import { amend, go, route } from './route.js';
import { failed } from './toasts.js';
import * as trial from './trial.js';

/** @import {Action, Actionable, Checked, Condition, Fault} from './types.js' */

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
  /** A new one is for words like this. */
  made: '',
  /** The action whose form is open. */
  chosen: 0,
  error: '',
  /** @type {Fault[]} */
  faults: [],
  /** @type {Checked['leaves']} */
  leaves: [],
  /** Somebody tried to save: what is missing is wrong by now. */
  tried: false,
  /** The stored one has changed since it was read. */
  conflict: false,
  saving: false,
};

/** Drafts that were left unsaved, by id; a new one has none yet. @type {Map<string, {draft: Draft, saved: string}>} */
const left = new Map();

const checking = latest();
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
  const at = editor.draft?.version ? editor.draft.id : 'new';
  if (id === 'new') {
    if (editor.draft?.version !== 0 || editor.made !== route.q) open(blank(route.q), route.q);
  } else {
    const one = editor.all.find((a) => a.id === id) ?? (id ? undefined : editor.all[0]);
    if (one && !(editor.draft && at === one.id && dirty())) open(one);
    if (!one) putAside();
    if (!one) editor.draft = null;
  }
  if (!route.show) look();
  update();
}

/** A new one, for words like this if there is one. @param {string} word @returns {Actionable} */
const blank = (word) => ({
  id: '', name: '', version: 0, actions: [action('search')],
  triggers: [{ pattern: word && like(word), on: 'click', ...(/^\d+(\.\d+){3}$/.test(word) ? { as: 'address' } : {}) }],
});

/** One that is not stored yet has no id. @param {Actionable} a */
const place = (a) => a.version ? a.id : `new ${editor.made}`;

function putAside() {
  const d = editor.draft;
  if (!d) return;
  if (dirty()) left.set(place(d), { draft: d, saved: editor.saved });
  else left.delete(place(d));
}

/** Takes one into the editor; what was not saved there waits. @param {Actionable} a @param {string} [word] It is new, for words like this. */
function open(a, word = '') {
  putAside();
  const same = editor.draft?.id === a.id && editor.made === word;
  if (!same) trial.reset(word);
  editor.made = word;
  const chosen = same ? editor.chosen : 0;
  take(a);
  editor.chosen = Math.min(chosen, Math.max(0, a.actions.length - 1));
  const was = left.get(place(a));
  if (was) {
    editor.draft = was.draft;
    editor.saved = was.saved;
    left.delete(place(a));
  }
}

/** @param {Actionable} a */
function take(a) {
  editor.draft = structuredClone({ ...a, description: a.description ?? '', menu_label: a.menu_label ?? '', disabled: Boolean(a.disabled) });
  editor.saved = JSON.stringify(editor.draft);
  Object.assign(editor, { error: '', faults: [], leaves: [], conflict: false, tried: false });
}

/** Whether there is something to save. */
export const dirty = () => editor.draft !== null && JSON.stringify(editor.draft) !== editor.saved;

/** Whether it is looked for by what is written above the list. @param {Actionable} a */
export const meant = (a) => [a.name, a.description, a.menu_label, ...a.labels ?? [], ...a.triggers.map((t) => t.pattern)].join(' ').toLowerCase().includes(editor.find.trim().toLowerCase());

/** Whether this one has changes that are not saved. @param {string} id */
export const unsaved = (id) => left.has(id) || editor.draft?.id === id && dirty();

/** @type {Record<string, Partial<Action>>} */
const starts = {
  search: { name: 'Search this', query: '{value}' },
  saved: { name: 'Run a saved search', saved: '' },
  packets: { name: 'Packets of this host', host: '{value}', before: '5m', after: '5m' },
  url: { name: 'Look it up', url: '' },
  webhook: { name: 'Send it', url: '', method: 'POST', body: '{"value": {value}}', body_type: 'json' },
  copy: { name: 'Copy defanged', text: '{value|defang}' },
};

/** A new action. @param {string} kind @returns {Action} */
export const action = (kind) => ({ name: '', kind, ...starts[kind] });

/** Another kind for an action; what all kinds have stays. @param {number} i @param {string} kind */
export const become = (i, kind) => edit((d) => {
  const a = d.actions[i];
  if (a.kind === kind) return;
  const { description, disabled, when } = a;
  const name = a.name && a.name !== starts[a.kind]?.name ? { name: a.name } : {};
  d.actions[i] = { ...action(kind), ...name, description, disabled, when };
});

/** Changes the draft. @param {(d: Draft) => void} f */
export function edit(f) {
  if (!editor.draft) return;
  f(editor.draft);
  editor.error = '';
  look();
  update();
}

/** Changes a condition of the draft (i < 0) or of its action i. @param {number} i @param {(c: Condition) => void} f */
export const editCondition = (i, f) => edit((d) => {
  const of = i < 0 ? d : d.actions[i];
  const c = { ...of.when };
  f(c);
  for (const k of /** @type {(keyof Condition)[]} */ (Object.keys(c))) if (!c[k]?.length) delete c[k];
  if (Object.keys(c).length) of.when = c;
  else delete of.when;
});

/** Checks the draft and tries its triggers, once the keys rest. */
export function look() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    if (await check()) trial.run();
  }, pause);
}

/** @returns {Promise<boolean>} false when a later one has begun */
async function check() {
  const d = editor.draft;
  if (!d) return false;
  try {
    const c = await checking.run((signal) => api.checkActionable(d, signal));
    Object.assign(editor, { faults: c.errors ?? [], leaves: c.leaves ?? [] });
  } catch (e) {
    if (aborted(e)) return false;
    editor.error = asError(e).message;
  }
  update();
  return true;
}

/**
 * What is wrong at a place. What is blank is not wrong before somebody saves it.
 * @param {{trigger?: number, action?: number, field?: string}} at
 */
export const faultAt = ({ trigger, action: a, field }) => editor.faults.find((f) =>
  f.trigger === trigger && f.action === a && (field === undefined || f.field === field) && (editor.tried || !blankYet(f)));

/** Whether there is nothing to be wrong yet. @param {Fault} f */
export const blankYet = (f) => /: missing($|:| pattern$)/.test(f.error);

/** The fault without its place, for where that can be seen. @param {Fault} f */
export function reason(f) {
  let text = f.error.replace(/^(?:trigger|action) \d+: /, '');
  if (f.field && text.startsWith(f.field + ': ')) text = text.slice(f.field.length + 2);
  return text.replace(/^column \d+: /, '');
}

/** Takes the focus to a fault. @param {Fault} f */
export function pointTo(f) {
  if (f.action !== undefined) editor.chosen = f.action;
  const place = f.trigger !== undefined ? `#trigger-${f.trigger}`
    : f.action !== undefined ? (f.field === 'name' ? `#action-${f.action}` : `#action-form [name="${CSS.escape(f.field)}"], #action-${f.action}`) : `#actionable-${CSS.escape(f.field)}`;
  focusOn(place);
}

/** Stores the draft, or takes the focus to what is wrong. */
export async function save() {
  const d = editor.draft;
  if (!d || editor.saving) return;
  clearTimeout(timer);
  Object.assign(editor, { saving: true, tried: true });
  update();
  await check();
  try {
    if (editor.faults.length) return wrong(editor.faults);
    const stored = await (d.version ? api.putActionable(d) : api.addActionable(d));
    take(stored);
    announce('Saved');
    void learn();
    if (route.id !== stored.id) amend({ id: stored.id, q: '' });
    editor.saving = false;
    await load(stored.id);
  } catch (e) {
    const err = asError(e);
    editor.error = err.message;
    editor.conflict = err.status === 409;
  } finally {
    editor.saving = false;
    update();
  }
}

/** @param {Fault[]} faults */
function wrong(faults) {
  editor.error = faults.length === 1 ? faults[0].error : `${faults[0].error} (and ${faults.length - 1} more)`;
  announce(editor.error);
  pointTo(faults[0]);
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
  look();
  update();
}

/** Takes the stored one, after somebody else has saved it. */
export function reread() {
  const id = editor.draft?.id ?? '';
  editor.draft = null;
  void load(id);
}

/** A copy of the draft, as a new one. */
export function duplicate() {
  const d = editor.draft;
  if (!d) return;
  const { original, shipped, updated, ...rest } = structuredClone(d);
  putAside();
  editor.made = '';
  left.delete('new ');
  take({ ...rest, id: '', name: `${d.name} (copy)`, version: 0 });
  editor.saved = '';
  go({ view: 'actionables', id: 'new' });
  focusOn('#actionable-name');
}

/** Moves one among those it is listed with. @param {string} id @param {number} by 1 or -1 */
export async function move(id, by) {
  const all = editor.all ?? [];
  const at = all.findIndex((a) => a.id === id);
  const among = all.filter((a) => Boolean(a.shipped) === Boolean(all[at]?.shipped));
  const other = among[among.findIndex((a) => a.id === id) + by];
  if (!other) return;
  const ids = all.map((a) => a.id === id ? other.id : a.id === other.id ? id : a.id);
  try {
    editor.all = (await api.orderActionables(ids)).actionables ?? [];
    announce(`${all[at].name} is ${by < 0 ? 'before' : 'after'} ${other.name}`);
  } catch (e) {
    failed(e);
    return load(route.id);
  }
  void learn();
  update();
}

/** Deletes the one in the editor. */
export async function remove() {
  const d = editor.draft;
  if (!d) return;
  try {
    await api.deleteActionable(d);
    announce(`${d.name} deleted`);
    left.delete(d.id);
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
