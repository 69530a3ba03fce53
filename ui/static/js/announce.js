// @ts-check
// Tells people who listen what changed: the last word, once a second at most.

const pause = 1000;
let said = 0;
let waiting = '';
let timer = 0;

/** @param {string} text */
export function announce(text) {
  waiting = text;
  if (timer) return;
  timer = setTimeout(() => {
    timer = 0;
    said = Date.now();
    const el = document.getElementById('announce');
    if (el && el.textContent !== waiting) el.textContent = waiting;
  }, Math.max(0, said + pause - Date.now()));
}
