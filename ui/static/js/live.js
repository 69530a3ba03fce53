// @ts-check
// What the server tells of the fleet as it happens: the jobs under way, the word at their end, what sensors have.

import { api } from './api.js';
import { update } from './app.js';
import { catalog, loadSensors, takeSensor } from './catalog.js';
import { plural } from './format.js';
import { failed, toast } from './toasts.js';
import { href } from './route.js';

/** @import {Job, SensorState} from './types.js' */

export const live = {
  /** Those under way, and those that have just ended; newest first. @type {Job[]} */
  jobs: [],
  /** Events arrive. */
  connected: false,
};

/** @type {(j: Job) => void} */
let heard = () => {};

/** @param {(j: Job) => void} f Called with every news of a job. */
export const onJob = (f) => { heard = f; };

const most = 200; // jobs that are remembered
const missedMost = 20; // that may have ended while nothing was heard

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
  es.addEventListener('sensor', (e) => {
    try {
      takeSensor(JSON.parse(e.data));
      document.dispatchEvent(new Event('spoor:sensor'));
    } catch {
      // The next news of it is whole.
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
  // What happened to sensors while nothing was heard.
  if (catalog.sensors) void loadSensors();
  try {
    const { jobs } = await api.jobs({ state: 'active', limit: 1000 });
    const now = jobs ?? [];
    const missed = live.jobs.filter((j) => busy(j) && !now.some((o) => o.id === j.id)).slice(0, missedMost);
    for (const j of [...now, ...await Promise.all(missed.map((j) => api.job(j.id)))]) upsert(j);
  } catch {
    // The banner shows a server that is gone; the stream's next opening asks again.
  }
  update();
}

/** Takes a job's newest state. @param {Job} j */
export function upsert(j) {
  ended(j);
  const i = live.jobs.findIndex((o) => o.id === j.id);
  live.jobs = (i < 0 ? [j, ...live.jobs].sort((a, b) => b.id - a.id) : live.jobs.with(i, j)).slice(0, most);
  heard(j);
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
  const link = j.packets ? { href: href({ q: `src:${j.source}` }), text: `Open src:${j.source}` } : { href: href({ view: 'fleet', id: String(j.id) }), text: 'Look at it' };
  const got = plural(j.packets ?? 0, 'packet');
  const doubt = j.verdict && j.verdict !== 'complete' ? `, ${j.verdict}` : '';
  if (j.state === 'failed') toast('bad', `Job ${j.id} failed: ${j.sensors?.find((s) => s.error)?.error ?? 'no sensor answered'}`, link);
  else if (j.state === 'cancelled') toast('warn', `Job ${j.id} cancelled after ${got}.`, j.packets ? link : undefined);
  else toast(bad || doubt ? 'warn' : 'ok', `Job ${j.id} done: ${got}${bad ? `, ${plural(bad, 'sensor')} failed` : doubt}.`, link);
}

/** @param {number} id */
export const cancelJob = (id) => api.cancel(id).then(upsert, failed);

/** @param {number} id */
export const retryJob = (id) => api.retry(id).then(upsert, failed);

/** @param {string} state */
const over = (state) => state === 'done' || state === 'failed' || state === 'cancelled';

/**
 * How far a sensor is in the window, by its newest packet; undefined where
 * that can't be told.
 * @param {Job} j
 * @param {SensorState} s
 */
export function reached(j, s) {
  if (over(s.state)) return 1;
  const time = (/** @type {string|undefined} */ t) => t ? Date.parse(t) : NaN;
  const from = Math.max(time(j.from), Number.isNaN(time(s.oldest)) ? -Infinity : time(s.oldest));
  const to = Math.min(time(j.to), Number.isNaN(time(s.newest)) ? Infinity : time(s.newest));
  if (s.state !== 'streaming' || !(to > from) || Number.isNaN(time(s.last))) return s.state === 'streaming' ? undefined : 0;
  return Math.max(0, Math.min(1, (time(s.last) - from) / (to - from)));
}

/** How far a job is: the mean of its sensors. @param {Job} j */
export function progress(j) {
  const all = j.sensors ?? [];
  return all.length ? all.reduce((n, s) => n + (reached(j, s) ?? 0), 0) / all.length : 0;
}
