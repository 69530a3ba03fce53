// @ts-check
// The drawings of buttons and states, 16 by 16.

import { html, svg } from '../vendor/lit-html/lit-html.js';

const drawings = {
  back: svg`<path d="M6 4 2.5 7.5 6 11M3 7.5h6.5a4 4 0 0 1 0 5.5"/>`,
  bad: svg`<circle cx="8" cy="8" r="6"/><path d="m6 6 4 4M10 6l-4 4"/>`,
  book: svg`<path d="M4 2.5h8v11L8 10.5 4 13.5z"/>`,
  busy: svg`<path d="M8 2a6 6 0 1 1-6 6"/><path d="M8 5v6M5.5 8.5 8 11l2.5-2.5"/>`,
  clock: svg`<circle cx="8" cy="8" r="6"/><path d="M8 4.5V8l2.5 1.5"/>`,
  close: svg`<path d="m4 4 8 8M12 4l-8 8"/>`,
  columns: svg`<rect x="2.5" y="3" width="11" height="10" rx="1"/><path d="M6.2 3v10M9.8 3v10"/>`,
  copy: svg`<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 5.5v-2a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1h2"/>`,
  cut: svg`<circle cx="8" cy="8" r="6"/><path d="M8 2a6 6 0 0 0 0 12z" fill="currentColor"/>`,
  down: svg`<path d="m4.5 6.5 3.5 3.5 3.5-3.5"/>`,
  download: svg`<path d="M8 2.5V10M4.5 7 8 10.5 11.5 7M3 13.5h10"/>`,
  edit: svg`<path d="M3 13h2.5L13 5.5 10.5 3 3 10.5zM9 4.5 11.5 7"/>`,
  exists: svg`<circle cx="8" cy="8" r="6"/><circle cx="8" cy="8" r="2" fill="currentColor"/>`,
  idle: svg`<circle cx="8" cy="8" r="6" stroke-dasharray="2.4 2.4"/>`,
  lines: svg`<path d="M5.5 4H13M5.5 8H13M5.5 12H13M2.5 4h.01M2.5 8h.01M2.5 12h.01"/>`,
  link: svg`<path d="m6.5 9.5 3-3M7 4.5l1-1A3.2 3.2 0 0 1 12.5 8l-1 1M9 11.5l-1 1A3.2 3.2 0 0 1 3.5 8l1-1"/>`,
  minus: svg`<path d="M3.5 8h9"/>`,
  more: svg`<path d="M3.5 8h.01M8 8h.01M12.5 8h.01" stroke-width="2"/>`,
  ok: svg`<path d="m3 8.5 3.5 3.5L13 4.5"/>`,
  out: svg`<path d="M6 3.5H3.5v9h9V10M9 3.5h3.5V7M12.5 3.5l-5 5"/>`,
  packets: svg`<path d="M2.5 5 8 2.5 13.5 5v6L8 13.5 2.5 11zM2.5 5 8 7.5 13.5 5M8 7.5v6"/>`,
  pause: svg`<path d="M5.5 3.5v9M10.5 3.5v9"/>`,
  play: svg`<path d="M4.5 3 12 8l-7.5 5z"/>`,
  plus: svg`<path d="M8 3.5v9M3.5 8h9"/>`,
  retry: svg`<path d="M13 8a5 5 0 1 1-1.5-3.6M13 2.5v3h-3"/>`,
  query: svg`<path d="M5.5 6a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.5M8 12.5h.01"/>`,
  right: svg`<path d="m6.5 4.5 3.5 3.5-3.5 3.5"/>`,
  search: svg`<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>`,
  star: svg`<path d="m8 2 1.8 3.7 4.1.6-3 2.9.7 4L8 11.3 4.4 13.2l.7-4-3-2.9 4.1-.6z"/>`,
  stop: svg`<circle cx="8" cy="8" r="6"/><path d="m3.8 12.2 8.4-8.4"/>`,
  top: svg`<path d="M2.5 4h11M2.5 8h7M2.5 12h4"/>`,
  up: svg`<path d="m4.5 9.5 3.5-3.5 3.5 3.5"/>`,
  warn: svg`<path d="m8 2.5 6.5 11h-13zM8 6.5v3.5M8 12h.01"/>`,
};

/** @typedef {keyof typeof drawings} IconName */

/** @param {IconName} name */
export const icon = (name) => html`<svg class="icon" viewBox="0 0 16 16" aria-hidden="true">${drawings[name]}</svg>`;

/** A state: shape, word and colour. @param {string} kind @param {IconName} name @param {unknown} word */
export const state = (kind, name, word) => html`<span class="state ${kind}">${icon(name)}${word}</span>`;
