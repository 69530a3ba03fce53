// @ts-check
// An import: a file or a text, tried first, then stored, then undone if need be.

import { aborted, api, asError, latest } from './api.js';
import { announce } from './announce.js';
import { learn } from './actions.js';
import { update } from './app.js';
import { load } from './editor.js';
import { size } from './format.js';
import { showDialog } from './overlay.js';
import { route } from './route.js';
import * as view from './views/importer.js';

/** @import {Report} from './types.js' */

const maxText = 8 << 20; // as the server's

const blank = {
  /** Of the file; empty when it was pasted. */
  name: '',
  text: '',
  /** What happens with those that are there already: skip, replace, copy. */
  existing: 'skip',
  /** all, or look: those with something to do. */
  show: 'all',
  /** @type {Report|null} */
  report: null,
  running: false,
  error: '',
  /** It was undone. */
  undone: false,
};

export const importing = { ...blank };

const trying = latest();
const pause = 300; // ms after the last key
let timer = 0;

/** Opens the dialog. */
export function openImport() {
  Object.assign(importing, blank);
  showDialog(view.render, { id: 'importer', labelledby: 'import-title', closed: () => { clearTimeout(timer); trying.stop(); } });
}

/** Takes a file. @param {File|undefined} file */
export async function take(file) {
  if (!file) return;
  Object.assign(importing, blank, { name: file.name, existing: importing.existing });
  if (file.size > maxText) {
    importing.error = `${file.name} has ${size(file.size)}, at most ${size(maxText)} can be read.`;
    return update();
  }
  try {
    importing.text = await file.text();
  } catch (e) {
    importing.error = `${file.name}: ${asError(e).message}`;
    return update();
  }
  return send(true);
}

/** Takes a text that was pasted. @param {string} text */
export function paste(text) {
  Object.assign(importing, blank, { text, existing: importing.existing });
  clearTimeout(timer);
  if (text.trim()) timer = setTimeout(() => void send(true), pause);
  else trying.stop();
  update();
}

/** @param {string} existing */
export function choose(existing) {
  importing.existing = existing;
  return send(true);
}

/** Whether it is stored. */
export const stored = () => importing.report !== null && !importing.report.dry;

/** Tries the import, or does it. @param {boolean} dry */
export async function send(dry) {
  if (!importing.text.trim()) return;
  const { text, name, existing } = importing;
  Object.assign(importing, { running: true, error: '' });
  update();
  try {
    const report = await trying.run((signal) => api.importActionables({ text, name, dry, existing }, dry ? signal : undefined));
    importing.report = report;
    announce(dry ? `${report.found.actionables} actionables found` : `${report.imported.actionables} actionables imported`);
    if (!dry) await again();
  } catch (e) {
    if (aborted(e)) return;
    importing.error = asError(e).message;
    if (dry) importing.report = null;
  }
  importing.running = false;
  update();
}

/** Takes the import back. */
export async function undo() {
  const n = importing.report?.change;
  if (!n) return;
  try {
    await api.undoChange(n);
    importing.undone = true;
    announce('Import undone');
    await again();
  } catch (e) {
    importing.error = asError(e).message;
  }
  update();
}

async function again() {
  void learn();
  await load(route.id);
}
