// @ts-check
// What sensors have, over time: the axis that their bars share, and the words for it.

import { clock, date, plural, stamp } from './format.js';

/** @import {Coverage, Preview, Sensor} from './types.js' */

/** The time that bars show, in milliseconds. @typedef {{from: number, to: number}} Axis */

const hour = 3600e3;
// Bars longer than this many times the usual one begin outside the axis: else
// one folder of old captures makes slivers of all the others.
const longest = 12;

/**
 * The axis of some sensors, wide enough for the window.
 * @param {Sensor[]} sensors
 * @param {{from?: string, to?: string}} [window]
 * @param {number} [now]
 * @returns {Axis|null} null: nothing is known, and no window is given
 */
export function axisOf(sensors, window = {}, now = Date.now()) {
  const known = sensors.flatMap((s) => s.coverage?.oldest ? [s.coverage] : []);
  const want = [window.from, window.to].flatMap((t) => t ? [Date.parse(t)] : []).filter((t) => !Number.isNaN(t));
  if (!known.length && !want.length) return null;
  const ends = known.map((c) => Date.parse(c.newest ?? ''));
  // Of captures that nothing is added to, now is of no interest.
  const fresh = !known.length || sensors.some((s) => s.coverage?.live) || ends.some((t) => !(t < now - hour));
  const to = Math.max(fresh ? now : Math.max(...ends), ...want);
  const begins = known.map((c) => Date.parse(c.oldest ?? '')).sort((a, b) => b - a);
  const usual = begins.length ? to - begins[begins.length >> 1] : 0;
  const from = Math.min(...(begins.length ? [Math.max(begins[begins.length - 1], to - longest * usual)] : []), ...want);
  const edge = Math.max((to - from) * 0.04, 1000);
  return { from: from - edge, to: fresh && to === now ? to : to + edge };
}

/** Where a time is on the axis, in percent. @param {Axis} a @param {number} t */
export const place = (a, t) => Math.max(0, Math.min(100, 100 * (t - a.from) / (a.to - a.from)));

/** A time as shortly as today allows. @param {string|number} t */
export const brief = (t) => date(t) === date(Date.now()) ? clock(t).slice(0, 5) : stamp(t).slice(0, 16);

/** A length of time in two units: "7 h 11 min". @param {number} ms */
export function length(ms) {
  /** @type {[number, string][]} */
  const units = [[365 * 24 * hour, 'y'], [24 * hour, 'd'], [hour, 'h'], [60e3, 'min'], [1000, 's']];
  const i = units.findIndex(([n]) => ms >= n);
  if (i < 0) return '0 s';
  const [n, unit] = units[i];
  const next = units[i + 1];
  const rest = next ? Math.floor(ms % n / next[0]) : 0;
  return `${Math.floor(ms / n)} ${unit}${rest && i > 0 ? ` ${rest} ${next[1]}` : ''}`;
}

/** A sensor's coverage in a sentence. @param {Coverage|undefined} c */
export function sentence(c) {
  if (!c) return 'Nothing is known of its packets yet.';
  if (c.live) return 'Captures from now on, has nothing old.';
  if (c.empty) return 'Has no packets.';
  if (!c.oldest) return 'Does not say how old its packets are.';
  const doubt = c.spans.filter((s) => s.state === 'doubtful').map((s) => s.why);
  return [`Packets from ${stamp(c.oldest)}${c.newest ? ` to ${stamp(c.newest)}` : ' on'}, keeps ${length(c.keeps_ms)}`, c.rolling ? 'old ones are going' : '', ...doubt].filter(Boolean).join('; ') + '.';
}

/**
 * In a few words who has what is wanted.
 * @param {Preview} p
 */
export function summary({ sensors, expires_in_ms: left }) {
  const n = sensors.length;
  const of = (/** @type {string} */ has) => sensors.filter((s) => s.has === has);
  const [all, part, none, unknown] = ['all', 'part', 'none', 'unknown'].map(of);
  const soon = left !== undefined && left < hour ? `, gone in ${length(left)}` : '';
  if (all.length) return `${all.length} of ${plural(n, 'sensor')} ${all.length === 1 ? 'has' : 'have'} it${soon}`;
  if (part.length) return `${part.length} of ${plural(n, 'sensor')} ${part.length === 1 ? 'has' : 'have'} part: ${part[0].text}${soon}`;
  if (unknown.length === n && n) return unknown.every((s) => s.text === 'not asked yet') ? `asking ${plural(n, 'sensor')}` : `${plural(n, 'sensor')}: ${unknown[0].text}`;
  // Whom nobody has asked may have it still.
  if (none.length && unknown.length) return `${plural(none.length, 'sensor')}: ${none[0].text}; ${plural(unknown.length, 'sensor')}: ${unknown[0].text}`;
  if (none.length) return `no sensor has it: ${none[0].text}`;
  return 'no sensor to ask';
}
