// @ts-check
// The entry that is open: its fields, and for a packet its layers and bytes.

import { aborted, api, asError, latest } from './api.js';
import { afterDraw, update } from './app.js';
import { route } from './route.js';

/** @import {FullEntry} from './types.js' */

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
  /** Counts what was folded and unfolded. */
  folds: 0,
  /** Layers that are unfolded, by name; kept from packet to packet. */
  unfolded: new Set(['tcp', 'udp', 'dns', 'http', 'tls', 'icmp', 'icmpv6', 'arp']),
};

const now = latest();

/** Closes what is open. */
export function forget() {
  now.stop();
  Object.assign(opened, { id: '', full: null, bytes: null, error: '', line: '0', over: '' });
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
      const full = await api.entry(id, route.q, signal);
      opened.full = full;
      opened.line = sameLine(full);
      update();
      if (full.packet) opened.bytes = await api.bytes(id, signal);
      // Panes of their own may scroll; a list of lines stays where it is.
      afterDraw(() => reveal('.packet'));
    } catch (e) {
      if (aborted(e)) return;
      opened.error = asError(e).message;
    }
    update();
  });
}

/** Asks again after a failure. */
export function reload() {
  const { id } = opened;
  forget();
  toggle(id, true);
}
