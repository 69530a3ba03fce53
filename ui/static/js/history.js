// @ts-check
// The queries run before, in this browser.

const key = 'spoor.history';
const most = 100;

/** @returns {string[]} newest first */
export function past() {
  try {
    const list = JSON.parse(localStorage.getItem(key) ?? '[]');
    return Array.isArray(list) ? list.filter((q) => typeof q === 'string') : [];
  } catch {
    return []; // storage is off, or somebody wrote into it
  }
}

/** @param {string} q */
export function remember(q) {
  const text = q.trim();
  if (!text) return;
  try {
    localStorage.setItem(key, JSON.stringify([text, ...past().filter((p) => p !== text)].slice(0, most)));
  } catch {
    // Full or off: the arrows just have less to offer.
  }
}
