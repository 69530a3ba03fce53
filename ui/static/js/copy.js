// @ts-check
// Copies text, and says so.

import { announce } from './announce.js';
import { toast } from './toasts.js';

/**
 * @param {string} text
 * @param {string} what "line", "link": for the message
 */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} copied`);
  } catch {
    // Plain http beyond loopback has no clipboard interface.
    if (byHand(text)) announce(`${what} copied`);
    else toast('bad', `The browser does not let Spoor copy the ${what}.`);
  }
}

/** @param {string} text */
function byHand(text) {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'sr';
  const back = document.activeElement;
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  if (back instanceof HTMLElement) back.focus();
  return done;
}
