// @ts-check
// Numbers, sizes and times as the page writes them. Times are UTC, unless the browser's zone is chosen.

const group = new Intl.NumberFormat('en-US');

/** @param {number} n */
export const count = (n) => group.format(n);

/**
 * "1 packet", "2 packets".
 * @param {number} n
 * @param {string} one
 * @param {string} [many]
 */
export const plural = (n, one, many = one.endsWith('y') ? one.slice(0, -1) + 'ies' : one + 's') => `${count(n)} ${n === 1 ? one : many}`;

/** @param {number} n Bytes, in powers of 1000. */
export function size(n) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let u = 0;
  while (n >= 1000 && u < units.length - 1) { n /= 1000; u++; }
  return `${u === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)} ${units[u]}`;
}

/** @param {number} ms */
export const took = (ms) => ms < 1 ? '< 1 ms' : ms < 1000 ? `${Math.round(ms)} ms` : ms < 60000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.floor(ms / 60000)} min ${Math.round(ms % 60000 / 1000)} s`;

let local = false;

/** Times are the browser's own from now on, or UTC. @param {boolean} on */
export const setLocal = (on) => { local = on; };

/** Minutes that the clock on the wall is ahead of UTC at a time. @param {number} t */
export const ahead = (t) => local ? -new Date(t).getTimezoneOffset() : 0;

/** "UTC", or how far the clock on the wall is from it. @param {string|number} [t] */
export function zone(t = Date.now()) {
  if (!local) return 'UTC';
  const m = ahead(new Date(t).getTime());
  const two = (/** @type {number} */ n) => String(Math.floor(Math.abs(n))).padStart(2, '0');
  return `UTC${m < 0 ? '−' : '+'}${two(m / 60)}:${two(m % 60)}`;
}

/** The clock on the wall, to be read with the functions of UTC. @param {string|number} t RFC 3339 or milliseconds. */
function wall(t) {
  const d = new Date(t);
  return local ? new Date(d.getTime() + ahead(d.getTime()) * 60000) : d;
}

/** @param {string|number} t RFC 3339 or milliseconds. */
const iso = (t) => {
  const d = wall(t);
  return Number.isNaN(d.getTime()) ? '' : d.toISOString();
};

/** The same with milliseconds: "2020-05-01T07:09:23.457". @param {string|number} t */
export const fine = (t) => iso(t).slice(0, 23);

/** "2020-05-01" @param {string|number} t */
export const date = (t) => iso(t).slice(0, 10);

/** "07:09:23" @param {string|number} t */
export const clock = (t) => iso(t).slice(11, 19);

/** "2020-05-01 07:09:23" @param {string|number} t */
export const stamp = (t) => iso(t).slice(0, 19).replace('T', ' ');

/**
 * What follows the second: "458" or, with six digits, "458575".
 * @param {string} t RFC 3339
 * @param {number} digits
 */
export const fraction = (t, digits) => (/\.(\d+)/.exec(t)?.[1] ?? '').padEnd(digits, '0').slice(0, digits);

const months = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** "1 May 2020" @param {string|number} t */
export function day(t) {
  const d = wall(t);
  return `${d.getUTCDate()} ${months[d.getUTCMonth()]} ${d.getUTCFullYear()}`;
}

/** "Friday, 1 May 2020" @param {string|number} t */
export const longDay = (t) => `${days[wall(t).getUTCDay()]}, ${day(t)}`;

/** A length of time in words: "10 s", "5 min". @param {number} ms */
export function span(ms) {
  /** @type {[number, string][]} */
  const units = [[86400000, 'd'], [3600000, 'h'], [60000, 'min'], [1000, 's']];
  for (const [n, unit] of units) if (ms >= n) return `${+(ms / n).toFixed(1)} ${unit}`;
  return ms >= 1 ? `${+ms.toFixed(1)} ms` : `${+(ms * 1000).toFixed(1)} µs`;
}
