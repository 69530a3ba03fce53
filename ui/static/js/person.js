// @ts-check
// What somebody calls himself, in this browser: Spoor knows no accounts.

const key = 'spoor.by';

export function person() {
  try {
    return localStorage.getItem(key) ?? '';
  } catch {
    return ''; // storage is off
  }
}

/** @param {string} name */
export function remember(name) {
  try {
    localStorage.setItem(key, name);
  } catch {
    // It is asked for again.
  }
}
