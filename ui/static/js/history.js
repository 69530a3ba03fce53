// @ts-check
// The queries run before, in this browser.

const key = 'spoor.history';
const most = 100;

/** @typedef {{q: string, at: number}} Past at: in milliseconds; 0: not known. */

/** @returns {Past[]} newest first */
export function runs() {
  try {
    const list = JSON.parse(localStorage.getItem(key) ?? '[]');
    if (!Array.isArray(list)) return [];
    return list.flatMap((p) => typeof p === 'string' ? [{ q: p, at: 0 }] : typeof p?.q === 'string' ? [{ q: p.q, at: Number(p.at) || 0 }] : []);
  } catch {
    return []; // storage is off, or somebody wrote into it
  }
}

/** @returns {string[]} newest first */
export const past = () => runs().map((p) => p.q);

/** @param {string} q */
export function remember(q) {
  const text = q.trim();
  if (text) keep([{ q: text, at: Date.now() }, ...runs().filter((p) => p.q !== text)].slice(0, most));
}

/** Forgets one query, or all of them. @param {string} [q] */
export const forgetPast = (q) => keep(q === undefined ? [] : runs().filter((p) => p.q !== q));

/** @param {Past[]} list */
function keep(list) {
  try {
    localStorage.setItem(key, JSON.stringify(list));
  } catch {
    // Full or off: the arrows just have less to offer.
  }
}
