// @ts-check
// The times below a histogram or a chart: round ones, in the zone that is shown.

import { ahead, fine } from './format.js';

const [second, minute, hour, dayLong] = [1000, 60e3, 3600e3, 86400e3];

/** Steps that a person reads at once, in milliseconds; from a month on, the calendar's. */
const steps = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14].map((n) => n * dayLong),
];
const months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];
const month = 30.44 * dayLong;

// Weeks begin on a Monday; the clock of the computers began on a Thursday.
const monday = 4 * dayLong;

/** The first round time of the clock on the wall that is not before t. @param {number} t @param {number} step */
function ceil(t, step) {
  const base = step === 7 * dayLong || step === 14 * dayLong ? monday : 0;
  const by = (/** @type {number} */ off) => Math.ceil((t + off - base) / step) * step + base - off;
  const guess = by(ahead(t) * minute);
  // The clocks may change before it is reached.
  const there = by(ahead(guess) * minute);
  return there >= t ? there : guess;
}

/**
 * Round times between two, up to most.
 * @param {number} from
 * @param {number} to
 * @param {number} most
 * @returns {{times: number[], step: number}}
 */
export function ticks(from, to, most) {
  const step = steps.find((s) => (to - from) / s <= most);
  const times = [];
  if (step) {
    // Each by itself: the clocks may change between two.
    for (let t = ceil(from, step); t <= to; t = Math.max(t + 1, ceil(t + 1, step))) times.push(t);
    return { times, step };
  }
  const by = months.find((m) => (to - from) / (m * month) <= most) ?? months[months.length - 1];
  const first = new Date(from + ahead(from) * minute);
  // Years count from 0, so that every tenth is a round one.
  for (let m = Math.floor((first.getUTCFullYear() * 12 + first.getUTCMonth()) / by) * by; ; m += by) {
    const wall = Date.UTC(Math.floor(m / 12), m % 12);
    const t = wall - ahead(wall) * minute;
    if (!(t <= to)) break;
    if (t >= from) times.push(t);
  }
  return { times, step: by * month };
}

/** A tick in the fewest words: the day at midnight, the year in January. @param {number} t @param {number} step */
export function tick(t, step) {
  const iso = fine(t);
  const wall = t + ahead(t) * minute;
  const name = new Date(wall).toLocaleDateString('en-US', { month: 'short', timeZone: 'UTC' });
  if (step >= 28 * dayLong) return iso.slice(5, 7) === '01' ? iso.slice(0, 4) : name;
  if (step >= dayLong || wall % dayLong === 0) return `${+iso.slice(8, 10)} ${name}`;
  if (step >= minute) return iso.slice(11, 16);
  return step >= second ? iso.slice(11, 19) : iso.slice(11, 23);
}
