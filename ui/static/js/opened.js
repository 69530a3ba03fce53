// @ts-check
// The entry that is open: its fields, and for a packet its layers and bytes.

import { announce } from './announce.js';
import { aborted, api, asError, latest } from './api.js';
import { afterDraw, update } from './app.js';
import { closeContext, openContext } from './context.js';
import { beforePipe } from './query.js';
import { route } from './route.js';
import { resolve } from './times.js';

/** @import {FullEntry, TopValues} from './types.js' */

export const opened = {
  id: '',
  /** @type {FullEntry|null} */
  full: null,
  /** @type {Uint8Array|null} */
  bytes: null,
  error: '',
  /** The line of the tree that is chosen: "1" is a layer, "1.2" its field. */
  line: '0',
  /** Its name, by which the next packet's line is chosen. */
  name: '',
  /** The line under the pointer. */
  over: '',
  /** Counts what was folded and unfolded, and other changes of what is shown. */
  folds: 0,
  /** What is shown of a line: its fields, or the lines around it. */
  tab: 'fields',
  /** @type {{name: string, found: TopValues|null, error: string}|null} The field whose top values are shown. */
  top: null,
  /** Layers that are unfolded, by name; kept from packet to packet. */
  unfolded: new Set(['tcp', 'udp', 'dns', 'http', 'tls', 'icmp', 'icmpv6', 'arp']),
};

const now = latest();
const tops = latest();

/** Closes what is open. */
export function forget() {
  now.stop();
  tops.stop();
  closeContext();
  Object.assign(opened, { id: '', full: null, bytes: null, error: '', line: '0', over: '', tab: 'fields', top: null });
}

/**
 * @param {string} id
 * @param {boolean} [open] Absent: the other way round.
 * @returns {boolean} whether it is open now
 */
export function toggle(id, open = opened.id !== id) {
  if (open && opened.id === id) return true;
  forget();
  if (open) {
    opened.id = id;
    void load(id);
    // A link to one entry shows it among its neighbours.
    if (route.entry === id) openContext(id);
  }
  update();
  return open;
}

/** The line that was chosen in the packet before, else the innermost layer. @param {FullEntry} full */
function sameLine(full) {
  const layers = full.layers ?? [];
  for (const [i, l] of layers.entries()) {
    if (l.name === opened.name) return `${i}`;
    const j = l.fields?.findIndex((f) => f.name === opened.name) ?? -1;
    if (j >= 0 && opened.unfolded.has(l.name)) return `${i}.${j}`;
  }
  return `${Math.max(0, layers.length - 1)}`;
}

/** Brings the chosen line and its bytes into sight. @param {string} [within] Only there. */
export function reveal(within = '') {
  for (const s of ['#tree [aria-selected="true"] > div', '#bytes b']) document.querySelector(`${within} ${s}`)?.scrollIntoView({ block: 'nearest' });
}

/** @param {string} id */
async function load(id) {
  await now.run(async (signal) => {
    try {
      const full = await api.entry(id, { q: beforePipe(route.q), frozen: route.frozen }, signal);
      opened.full = full;
      opened.line = sameLine(full);
      update();
      if (full.packet) opened.bytes = await api.bytes(id, signal, route.frozen);
      // Panes of their own may scroll; a list of lines stays where it is.
      afterDraw(() => reveal('.packet'));
    } catch (e) {
      if (aborted(e)) return;
      opened.error = asError(e).message;
    }
    update();
  });
}

/** Shows the fields of the open line, or the lines around it. @param {string} tab */
export function showTab(tab) {
  opened.tab = tab;
  opened.folds++;
  if (tab === 'around' && opened.id) openContext(opened.id);
  update();
}

/** @param {string} name @param {AbortSignal} signal */
const topOf = (name, signal) => api.top({ q: beforePipe(route.q), ...resolve(route), field: name, limit: 10, frozen: route.frozen }, signal);

/** Shows the values that a field has in all results, or no longer. @param {string} name */
export async function toggleTop(name) {
  tops.stop();
  const close = opened.top?.name === name;
  opened.top = close ? null : { name, found: null, error: '' };
  opened.folds++;
  update();
  const top = opened.top;
  if (!top) return;
  await tops.run(async (signal) => {
    try {
      top.found = await topOf(name, signal);
    } catch (e) {
      if (aborted(e)) return;
      top.error = asError(e).message;
    }
    opened.folds++;
    announce(top.error || `${name}: ${top.found?.values.length ?? 0} values`);
    update();
  });
}

/** Asks again after a failure. */
export function reload() {
  const { id } = opened;
  forget();
  toggle(id, true);
}
