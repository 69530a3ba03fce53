// @ts-check
// What was changed in the actionables, and taking it back.

import { api, asError } from './api.js';
import { announce } from './announce.js';
import { learn } from './actions.js';
import { update } from './app.js';
import { load as loadEditor } from './editor.js';
import { route } from './route.js';

/** @import {Change} from './types.js' */

export const changes = {
  /** @type {Change[]|null} */
  list: null,
  /** Of this actionable alone. */
  of: '',
  next: 0,
  error: '',
  /** The number of the change that is shown whole. */
  open: 0,
  /** @type {Change|null} */
  whole: null,
};

/** Loads the newest. @param {string} of An actionable's id, "" for all. */
export async function load(of) {
  if (changes.of !== of) changes.list = null;
  changes.of = of;
  await read(0);
}

/** Loads those before. */
export const more = () => read(changes.next);

/** @param {number} before */
async function read(before) {
  try {
    const a = await api.changes({ id: changes.of || undefined, before: before || undefined });
    changes.list = before ? [...changes.list ?? [], ...a.history ?? []] : a.history ?? [];
    changes.next = a.next ?? 0;
    changes.error = '';
  } catch (e) {
    changes.error = asError(e).message;
  }
  update();
}

/** Shows a change whole, or no more. @param {number} n */
export async function turn(n) {
  changes.open = changes.open === n ? 0 : n;
  changes.whole = null;
  update();
  if (!changes.open) return;
  try {
    const whole = await api.change(n);
    if (changes.open === n) changes.whole = whole;
  } catch (e) {
    changes.error = asError(e).message;
  }
  update();
}

/** @param {number} n */
export async function undo(n) {
  try {
    await api.undoChange(n);
    announce('Undone');
    void learn();
    changes.open = 0;
    await loadEditor(route.id);
    await load(changes.of);
  } catch (e) {
    changes.error = asError(e).message;
    update();
  }
}
