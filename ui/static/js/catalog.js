// @ts-check
// What is there: the sensors of the fleet, the sources with their entries, and whose packets they are.

import { api, asError } from './api.js';
import { update } from './app.js';

/** @import {Job, Sensor, Source, Stream} from './types.js' */

export const catalog = {
  /** @type {Sensor[]|null} */
  sensors: null,
  sensorsError: '',
  /** @type {Source[]|null} */
  sources: null,
  sourcesError: '',
  /** Tags and formats of each source. @type {Map<number, {tags: string[], packets: boolean}>} */
  kinds: new Map(),
  /** The newest job of each source. @type {Map<number, Job>} */
  jobs: new Map(),
};

const someJobs = 1000; // that captures are named after

export async function loadSensors() {
  try {
    catalog.sensors = (await api.sensors()).sensors ?? [];
    catalog.sensorsError = '';
  } catch (e) {
    catalog.sensorsError = asError(e).message;
  }
  update();
}

/** Takes what is new of a sensor. @param {Sensor} s */
export function takeSensor(s) {
  if (!catalog.sensors) return;
  const i = catalog.sensors.findIndex((o) => o.id === s.id);
  if (i < 0) return void loadSensors(); // its place in the list is the server's to say
  catalog.sensors = catalog.sensors.with(i, s);
  update();
}

/** @param {Stream[]} streams */
function byKind(streams) {
  /** @type {typeof catalog.kinds} */
  const out = new Map();
  for (const s of streams) {
    if (!s.source) continue;
    const k = out.get(s.source) ?? { tags: [], packets: true };
    if (!k.tags.includes(s.tag)) k.tags.push(s.tag);
    k.packets &&= s.format === 'packet';
    out.set(s.source, k);
  }
  return out;
}

export async function load() {
  try {
    const [{ sources }, { streams }, { jobs }] = await Promise.all([api.sources(), api.streams(), api.jobs({ limit: someJobs })]);
    catalog.sources = sources ?? [];
    catalog.kinds = byKind(streams ?? []);
    catalog.jobs = new Map((jobs ?? []).reverse().map((j) => [j.source, j]));
    catalog.sourcesError = '';
  } catch (e) {
    catalog.sourcesError = asError(e).message;
  }
  update();
}
