// @ts-check
// What is there: the sensors of the fleet, and the sources with their entries.

import { api, asError } from './api.js';
import { update } from './app.js';

/** @import {Sensor, Source, Stream} from './types.js' */

export const catalog = {
  /** @type {Sensor[]|null} */
  sensors: null,
  sensorsError: '',
  /** @type {Source[]|null} */
  sources: null,
  sourcesError: '',
  /** Tags and formats of each source. @type {Map<number, {tags: string[], packets: boolean}>} */
  kinds: new Map(),
};

export async function loadSensors() {
  try {
    catalog.sensors = (await api.sensors()).sensors ?? [];
    catalog.sensorsError = '';
  } catch (e) {
    catalog.sensorsError = asError(e).message;
  }
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
    const [{ sources }, { streams }] = await Promise.all([api.sources(), api.streams()]);
    catalog.sources = sources ?? [];
    catalog.kinds = byKind(streams ?? []);
    catalog.sourcesError = '';
  } catch (e) {
    catalog.sourcesError = asError(e).message;
  }
  update();
}
