// @ts-check
// An export: which actionables, in whose form, and what that form can't hold.

import { aborted, api, asError, latest } from './api.js';
import { update } from './app.js';
import { editor, meant } from './editor.js';
import { showDialog } from './overlay.js';
import * as view from './views/exporter.js';

/** @import {Note} from './types.js' */

export const exporting = {
  /** all, found (by what is written above the list) or one. */
  which: 'all',
  format: 'spoor',
  /** @type {{actionables: number, notes?: Note[]}|null} */
  report: null,
  error: '',
};

const asking = latest();

/** @param {string} which */
export function openExport(which) {
  Object.assign(exporting, { which: which === 'all' && editor.find.trim() ? 'found' : which, format: 'spoor' });
  showDialog(view.render, { id: 'exporter', labelledby: 'export-title', closed: () => asking.stop() });
  void ask();
}

/** What an export is asked with. */
export function asked() {
  const { which, format } = exporting;
  if (which === 'one') return { ids: editor.draft?.id ?? '', format };
  if (which === 'found') return { ids: found().map((a) => a.id).join(','), format };
  return { format };
}

/** Those that the list shows. */
export const found = () => (editor.all ?? []).filter(meant);

/** @param {Partial<typeof exporting>} to */
export function set(to) {
  Object.assign(exporting, to);
  void ask();
}

async function ask() {
  Object.assign(exporting, { report: null, error: '' });
  update();
  try {
    exporting.report = await asking.run((signal) => api.exportReport(asked(), signal));
  } catch (e) {
    if (aborted(e)) return;
    exporting.error = asError(e).message;
  }
  update();
}
