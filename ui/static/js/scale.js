// @ts-check
// Where the bars of a histogram begin and end: round widths at round times.

const [second, minute, hour, dayLong] = [1000, 60e3, 3600e3, 86400e3];

/** Widths that a person reads at once, in milliseconds. */
const widths = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 30, 90, 365, 1825, 3650, 36500].map((n) => n * dayLong),
];

// Weeks begin on a Monday; the clock of the computers began on a Thursday.
const monday = 4 * dayLong;

/** @param {number} t @param {number} width The last round time that is not after t. */
const floor = (t, width) => {
  const base = width === 7 * dayLong || width === 14 * dayLong ? monday : 0;
  return Math.floor((t - base) / width) * width + base;
};

/**
 * @typedef {object} Span In milliseconds; to is not included.
 * @property {number} from
 * @property {number} to
 * @property {boolean} fromOpen Nobody asked for this start, it is that of the oldest result.
 * @property {boolean} toOpen
 * @property {boolean} packets
 */

/**
 * Lays out the bars. Where the time is open there is room around what was
 * found, so that few results are not a few giants: down to a second a bar for
 * lines, a millisecond for packets and for lines that are inside a second.
 * @param {Span} s
 * @param {number} most Bars that there is room for.
 * @returns {{from: number, width: number, n: number}}
 */
export function scale(s, most) {
  const length = Math.max(1, s.to - s.from);
  const open = s.fromOpen && s.toOpen;
  const finest = s.packets ? 1 : length <= second ? second / 100 : second;
  // A range that somebody chose is shown as it is, however short.
  const least = open || length >= 20 * second ? finest : 1;
  const width = widths.find((w) => w >= least && Math.ceil(length / w) + 1 <= most) ?? widths[widths.length - 1];
  let from = floor(s.from, width);
  let n = Math.ceil((s.to - from) / width);
  const room = Math.floor(most / 2) - n;
  if (open && room > 0) {
    from -= Math.floor(room / 2) * width;
    n += room;
  }
  return { from, width, n };
}

/** Steps between the times under the axis; from a month on, the calendar's. */
const steps = widths.filter((w) => w <= 14 * dayLong);
const months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];
const month = 30.44 * dayLong;

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
    for (let t = floor(from + step - 1, step); t <= to; t += step) times.push(t);
    return { times, step };
  }
  const by = months.find((m) => (to - from) / (m * month) <= most) ?? months[months.length - 1];
  const first = new Date(from);
  // Years count from 0, so that every tenth is a round one.
  for (let m = Math.ceil((first.getUTCFullYear() * 12 + first.getUTCMonth()) / by) * by; ; m += by) {
    const t = Date.UTC(Math.floor(m / 12), m % 12);
    if (!(t <= to)) break;
    if (t >= from) times.push(t);
  }
  return { times, step: by * month };
}

/** A tick in the fewest words: the day at midnight, the year in January. @param {number} t @param {number} step */
export function tick(t, step) {
  const iso = new Date(t).toISOString();
  const name = new Date(t).toLocaleDateString('en-US', { month: 'short', timeZone: 'UTC' });
  if (step >= 28 * dayLong) return iso.slice(5, 7) === '01' ? iso.slice(0, 4) : name;
  if (step >= dayLong || t % dayLong === 0) return `${+iso.slice(8, 10)} ${name}`;
  if (step >= minute) return iso.slice(11, 16);
  return step >= second ? iso.slice(11, 19) : iso.slice(11, 23);
}
