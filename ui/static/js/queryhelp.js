// @ts-check
// The help below the query: whether it is open, and how the query is read.

import { aborted, api, asError, latest } from './api.js';
import { focusOn, update } from './app.js';

/** @import {Explained} from './types.js' */

export const help = {
  open: false,
  /** @type {Explained|null} */
  explained: null,
  error: '',
};

const now = latest();
let timer = 0;

const text = () => {
  const el = document.getElementById('q');
  return el instanceof HTMLTextAreaElement ? el.value : '';
};

/** @param {boolean} open */
export function toggleHelp(open) {
  help.open = open;
  if (open) {
    void explain();
    focusOn('#query-help button');
  } else if (document.activeElement?.closest('#query-help')) focusOn('#query-help-open');
  update();
}

/** The query was changed. */
export function changed() {
  if (!help.open) return;
  clearTimeout(timer);
  timer = setTimeout(() => void explain(), 200);
}

async function explain() {
  const q = text();
  await now.run(async (signal) => {
    try {
      const explained = q.trim() ? await api.explain(q, signal) : null;
      Object.assign(help, { explained, error: '' });
    } catch (e) {
      if (aborted(e)) return;
      Object.assign(help, { explained: null, error: asError(e).reason });
    }
    update();
  });
}
