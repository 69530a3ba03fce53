// @ts-check
// The jobs of the fleet, as the server tells them: the chip, the list and the word at their end.

import { api } from './api.js';
import { update } from './app.js';
import { plural } from './format.js';
import { failed, toast } from './toasts.js';
import { href } from './route.js';

/** @import {Job} from './types.js' */

export const live = {
  /** @type {Job[]} newest first */
  jobs: [],
  loaded: false,
  /** Events arrive. */
  connected: false,
};

const again = 3000; // ms until a closed stream is opened again
/** @type {EventSource|null} */
let source = null;

/** @param {Job} j */
export const busy = (j) => j.state === 'queued' || j.state === 'running';

/**
 * Connects while somebody looks. A browser opens six connections to a host,
 * and each of its tabs and remembered pages would keep one for its events.
 */
export function connect() {
  if (!watching) {
    watching = true;
    document.addEventListener('visibilitychange', look);
    addEventListener('pagehide', stop);
    addEventListener('pageshow', look);
  }
  look();
}

let watching = false;

const look = () => document.visibilityState === 'visible' ? open() : stop();

function stop() {
  source?.close();
  source = null;
}

function open() {
  if (source) return;
  const es = api.events();
  source = es;
  es.addEventListener('open', () => {
    live.connected = true;
    void load();
  });
  es.addEventListener('job', (e) => {
    try {
      upsert(JSON.parse(e.data));
    } catch {
      void load(); // cut short on its way: the list has it whole
    }
  });
  es.addEventListener('error', () => {
    live.connected = false;
    update();
    // The browser tries again by itself unless the answer was no stream.
    if (es.readyState !== EventSource.CLOSED) return;
    source = null;
    setTimeout(look, again);
  });
}

async function load() {
  try {
    const { jobs } = await api.jobs({});
    for (const j of jobs ?? []) ended(j);
    live.jobs = jobs ?? [];
    live.loaded = true;
    tick();
    update();
  } catch {
    // The banner shows a server that is gone; the stream's next opening asks again.
  }
}

/** Takes a job's newest state. @param {Job} j */
export function upsert(j) {
  ended(j);
  const i = live.jobs.findIndex((o) => o.id === j.id);
  live.jobs = i < 0 ? [j, ...live.jobs].sort((a, b) => b.id - a.id) : live.jobs.with(i, j);
  tick();
  update();
}

let ticks = 0;

/** What runs says for how long, also while nothing comes. */
function tick() {
  if (ticks || !live.jobs.some(busy)) return;
  ticks = setInterval(() => {
    if (!live.jobs.some(busy)) {
      clearInterval(ticks);
      ticks = 0;
    }
    update();
  }, 1000);
}

/** Says the end of a job that was seen running. @param {Job} j */
function ended(j) {
  const before = live.jobs.find((o) => o.id === j.id);
  if (!before || !busy(before) || busy(j)) return;
  const bad = j.sensors?.filter((s) => s.state === 'failed').length ?? 0;
  const link = { href: href({ q: `src:${j.source}` }), text: `Open src:${j.source}` };
  const got = plural(j.packets ?? 0, 'packet');
  if (j.state === 'failed') toast('bad', `Job ${j.id} failed: ${j.sensors?.find((s) => s.error)?.error ?? 'no sensor answered'}`, j.packets ? link : undefined);
  else if (j.state === 'cancelled') toast('warn', `Job ${j.id} cancelled after ${got}.`, j.packets ? link : undefined);
  else toast(bad ? 'warn' : 'ok', `Job ${j.id} done: ${got}${bad ? `, ${plural(bad, 'sensor')} failed` : ''}.`, j.packets ? link : undefined);
}

/** @param {number} id */
export const cancelJob = (id) => api.cancel(id).then(upsert, failed);

/** @param {number} id */
export const retryJob = (id) => api.retry(id).then(upsert, failed);

/** How far a job is: the part of its sensors that has ended. @param {Job} j */
export const progress = (j) => {
  const all = j.sensors?.length ?? 0;
  return all ? (j.sensors ?? []).filter((s) => s.state === 'done' || s.state === 'failed' || s.state === 'cancelled').length / all : 0;
};
