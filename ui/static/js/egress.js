// @ts-check
// Which hosts values may go to, and what has left for them.

import { api, asError } from './api.js';
import { announce } from './announce.js';
import { focusOn, update } from './app.js';
import { editor, look } from './editor.js';

/** @import {Egress, EgressHost, Left} from './types.js' */

export const egress = {
  /** @type {Egress|null} */
  draft: null,
  /** As it was read or saved last. */
  saved: '',
  error: '',
  /** The stored one has changed since it was read. */
  conflict: false,
  saving: false,
  /** @type {Left[]|null} */
  left: null,
  next: 0,
  leftError: '',
};

/** Whether there is something to save. */
export const changed = () => egress.draft !== null && JSON.stringify(egress.draft) !== egress.saved;

/** @param {Egress} e */
function take(e) {
  egress.draft = { ...e, hosts: e.hosts ?? [] };
  egress.saved = JSON.stringify(egress.draft);
  Object.assign(egress, { error: '', conflict: false });
}

/** Loads what has left, or the list with further hosts to be allowed. @param {boolean} left @param {string} wanted */
export async function load(left, wanted) {
  if (left) return more(0);
  try {
    if (!changed()) take(await api.egress());
    for (const host of wanted.split(/\s+/)) if (host) add(host);
    if (wanted) focusOn('#save-hosts');
  } catch (e) {
    egress.error = asError(e).message;
  }
  update();
}

/** Adds a host that is not there yet. @param {string} host */
export function add(host) {
  const d = egress.draft;
  if (!d || host && d.hosts.some((h) => h.host.toLowerCase() === host.toLowerCase())) return;
  d.hosts.push({ host });
  update();
}

/** Changes the draft. @param {(d: Egress) => void} f */
export function edit(f) {
  if (!egress.draft) return;
  f(egress.draft);
  egress.error = '';
  update();
}

export async function save() {
  const d = egress.draft;
  if (!d || egress.saving) return;
  egress.saving = true;
  update();
  try {
    const hosts = d.hosts.map((h) => ({ ...h, host: h.host.trim() })).filter((h) => h.host);
    take(await api.putEgress({ ...d, hosts }));
    announce('Saved');
    look();
  } catch (e) {
    const err = asError(e);
    egress.error = err.message;
    egress.conflict = err.status === 409;
  }
  egress.saving = false;
  update();
}

/** Takes the stored one. */
export function reread() {
  egress.draft = null;
  egress.saved = '';
  void load(false, '');
}

/** The hosts that actions name, with those that name them. @returns {Map<string, string[]>} */
export function asked() {
  /** @type {Map<string, string[]>} */
  const out = new Map();
  for (const a of editor.all ?? []) {
    for (const x of a.actions) {
      for (const url of [x.url, ...(x.kind === 'url' || x.kind === 'webhook' ? x.fallbacks ?? [] : [])]) {
        const host = url && /^https?:\/\/([^/?#{}]+)/i.exec(url)?.[1].replace(/:(80|443)$/, '').toLowerCase();
        if (host && !out.get(host)?.includes(a.name)) out.set(host, [...out.get(host) ?? [], a.name]);
      }
    }
  }
  return out;
}

/** Whether an entry of the list is about a host. @param {EgressHost} h @param {string} host */
export function covers(h, host) {
  const entry = h.host.trim().toLowerCase();
  return entry === host || entry.startsWith('*.') && host.endsWith(entry.slice(1));
}

/** Loads what has left before a number; 0: the newest. @param {number} [before] */
export async function more(before = egress.next) {
  try {
    const a = await api.audit({ before: before || undefined, limit: 100 });
    egress.left = before ? [...egress.left ?? [], ...a.audit ?? []] : a.audit ?? [];
    egress.next = a.next ?? 0;
    egress.leftError = '';
  } catch (e) {
    egress.leftError = asError(e).message;
  }
  update();
}
