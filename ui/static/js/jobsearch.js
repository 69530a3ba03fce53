// @ts-check
// The jobs that the fleet's page lists: found by words and state, a page at a time, kept as they change.

import { aborted, api, asError, latest } from './api.js';
import { update } from './app.js';
import { onJob } from './live.js';
import { amend, route } from './route.js';

/** @import {Job} from './types.js' */

export const found = {
  /** @type {Job[]} newest first */
  jobs: [],
  /** Before which job the list goes on; 0: it is whole. */
  next: 0,
  /** Of all jobs that the words find. */
  counts: { all: 0, active: 0, look: 0 },
  loaded: false,
  more: false,
  error: '',
};

const page = 50;
const most = 1000; // that the server tells at once
const pause = 200; // ms after the last key, and between looks
const reading = latest();
let timer = 0;

/** Which jobs the address asks for. */
const asked = () => ({ q: route.find.trim(), state: route.jobs });

/** The job that the address names, or 0. */
export const one = () => /^[1-9]\d*$/.test(route.id) ? Number(route.id) : 0;

/** Reads the list anew, as long as it is. */
export async function show() {
  clearTimeout(timer);
  try {
    await reading.run(async (signal) => {
      const limit = Math.min(most, Math.max(page, found.jobs.length));
      const { jobs, next = 0, counts } = await api.jobs({ ...asked(), limit }, signal);
      const named = one();
      const own = named ? [await api.job(named, signal)] : jobs ?? [];
      Object.assign(found, { jobs: own, next: named ? 0 : next, counts, loaded: true, error: '' });
    });
  } catch (e) {
    if (aborted(e)) return;
    Object.assign(found, { error: asError(e).message, loaded: true, ...(one() ? { jobs: [] } : {}) });
  }
  update();
}

const soon = () => {
  clearTimeout(timer);
  timer = setTimeout(() => void show(), pause);
};

/** @param {{find?: string, jobs?: string, id?: string}} what */
export function narrow(what) {
  amend({ id: '', ...what });
  found.jobs = found.jobs.slice(0, page);
  if ('find' in what) soon();
  else void show();
  update();
}

/** The next page. */
export async function more() {
  if (found.more || !found.next) return;
  found.more = true;
  update();
  try {
    await reading.run(async (signal) => {
      const { jobs, next = 0, counts } = await api.jobs({ ...asked(), before: found.next, limit: page }, signal);
      Object.assign(found, { jobs: [...found.jobs, ...jobs ?? []], next, counts });
    });
  } catch (e) {
    if (!aborted(e)) found.error = asError(e).message;
  }
  found.more = false;
  update();
}

onJob((j) => {
  if (route.view !== 'fleet') return;
  const i = found.jobs.findIndex((o) => o.id === j.id);
  const before = found.jobs[i];
  if (i >= 0) found.jobs = found.jobs.with(i, j);
  // Whether it is among those that are looked for, and the counts, are the server's to say.
  if (before?.state !== j.state || before?.verdict !== j.verdict) soon();
});
