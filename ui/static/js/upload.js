// @ts-check
// Capture files on their way to the server, one after the other.

import { aborted, api, asError } from './api.js';
import { announce } from './announce.js';
import { update } from './app.js';
import { load } from './catalog.js';
import { plural } from './format.js';
import { upsert } from './live.js';
import { person, remember } from './person.js';

/** @import {Job} from './types.js' */

/**
 * @typedef {object} Sending
 * @property {number} n
 * @property {File} file
 * @property {string} state waits, sends, reads, done, failed or cancelled
 * @property {number} sent Bytes.
 * @property {string} error
 * @property {Job|null} job
 * @property {AbortController} stop
 */

export const uploads = {
  open: false,
  /** What is said with the next files. */
  title: '',
  reason: '',
  who: person(),
  source: '',
  sourceError: '',
  /** Something is held over the page. */
  over: false,
  /** @type {Sending[]} newest first */
  all: [],
};

let last = 0;

/** @param {Sending} s */
export const underWay = (s) => s.state === 'waits' || s.state === 'sends' || s.state === 'reads';

/** Takes files, as many as there are. @param {Iterable<File>} files */
export function add(files) {
  const source = uploads.source.trim();
  uploads.sourceError = source && !/^[1-9]\d{0,9}$/.test(source) ? 'A number from 1 to 4294967295, or nothing' : '';
  if (!uploads.sourceError) {
    for (const file of files) uploads.all = [{ n: ++last, file, state: 'waits', sent: 0, error: '', job: null, stop: new AbortController() }, ...uploads.all];
    remember(uploads.who.trim());
    void next();
  }
  update();
}

/** @param {Sending} s */
export function cancel(s) {
  s.stop.abort();
  if (s.state === 'waits') s.state = 'cancelled';
  update();
}

/** @param {Sending} s */
export function forget(s) {
  uploads.all = uploads.all.filter((o) => o !== s);
  update();
}

/** Sends the one that waits longest; the browser's line is one anyway. */
async function next() {
  const s = uploads.all.findLast((o) => o.state === 'waits');
  if (!s || uploads.all.some((o) => o.state === 'sends' || o.state === 'reads')) return;
  s.state = 'sends';
  const about = { title: uploads.title.trim(), who: uploads.who.trim(), reason: uploads.reason.trim(), source: uploads.source.trim() };
  const sent = (/** @type {number} */ n) => {
    s.sent = Math.min(n, s.file.size);
    if (s.sent === s.file.size) s.state = 'reads';
    update();
  };
  try {
    s.job = await api.upload(s.file, about, sent, s.stop.signal);
    upsert(s.job);
    s.state = s.job.state === 'done' ? 'done' : 'failed';
    s.error = s.job.sensors?.find((o) => o.error)?.error ?? '';
    announce(s.state === 'done' ? `${s.file.name}: ${plural(s.job.packets ?? 0, 'packet')}` : `${s.file.name}: ${s.error}`);
  } catch (e) {
    s.state = aborted(e) ? 'cancelled' : 'failed';
    if (!aborted(e)) s.error = asError(e).message;
    announce(`${s.file.name}: ${s.error || 'cancelled'}`);
  }
  update();
  void load();
  void next();
}

/** Files may be dropped anywhere on the page of captures. @param {DragEvent} e */
export function dropped(e) {
  e.preventDefault();
  uploads.over = false;
  add(e.dataTransfer?.files ?? []);
}

/** @param {DragEvent} e @param {boolean} over */
export function held(e, over) {
  if (!e.dataTransfer?.types.includes('Files')) return;
  e.preventDefault();
  if (uploads.over === over) return;
  uploads.over = over;
  update();
}
