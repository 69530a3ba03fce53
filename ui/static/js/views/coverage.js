// @ts-check
// What a sensor has as a bar over time: solid is there, hatched is not answered yet or doubtful, the frame is what is wanted.

import { html, nothing, svg } from '../../vendor/lit-html/lit-html.js';
import { place, sentence } from '../coverage.js';
import { zone } from '../format.js';
import { tick, ticks } from '../scale.js';

/** @import {Axis} from '../coverage.js' */
/** @import {Coverage} from '../types.js' */

const thin = 0.5; // percent: what is shorter is drawn as long

/** The hatching of all bars; drawn once. */
export const hatching = () => html`<svg class="sprite" width="0" height="0" aria-hidden="true">
  <defs><pattern id="late" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line y2="5"/></pattern></defs></svg>`;

/** @param {Axis} axis @param {number} from @param {number} to @returns {[number, number]} */
function span(axis, from, to) {
  const [a, b] = [place(axis, from), place(axis, to)];
  return [Math.min(a, 100 - thin), Math.max(b - a, thin)];
}

/**
 * @param {Axis|null} axis
 * @param {Coverage|undefined} c
 * @param {{from?: string, to?: string}} [window] What is wanted.
 */
export function bar(axis, c, window) {
  if (!axis) return nothing;
  const tall = window ? 24 : 16;
  const mid = tall / 2;
  const parts = (c?.spans ?? []).filter((s) => Date.parse(s.to) > axis.from && Date.parse(s.from) < axis.to);
  const outside = Boolean(c?.oldest) && Date.parse(c?.oldest ?? '') < axis.from;
  return html`<svg class="coverage" height=${tall} role="img" aria-label=${sentence(c)}>
    <title>${sentence(c)}</title>
    <line class="track" x2="100%" y1=${mid} y2=${mid}/>
    ${parts.map((s) => {
    const [x, w] = span(axis, Date.parse(s.from), Date.parse(s.to));
    return svg`<rect class=${s.state === 'has' ? 'has' : 'late'} x="${x}%" width="${w}%" y=${mid - 4} height="8"/>`;
  })}
    ${outside ? svg`<path class="outside" d="M8 ${mid - 6} 2 ${mid}l6 6"/>` : nothing}
    ${window ? frame(axis, window, tall) : nothing}
  </svg>`;
}

/** @param {Axis} axis @param {{from?: string, to?: string}} window @param {number} tall */
function frame(axis, window, tall) {
  if (!window.from && !window.to) return nothing;
  const [x, w] = span(axis, window.from ? Date.parse(window.from) : axis.from, window.to ? Date.parse(window.to) : axis.to);
  return svg`<rect class="want" x="${x}%" width="${w}%" y="1" height=${tall - 2}/>`;
}

/** The times above the bars. @param {Axis|null} axis @param {number} [most] */
export function scale(axis, most = 6) {
  if (!axis) return nothing;
  const { times, step } = ticks(axis.from, axis.to, most);
  return html`<svg class="coverage" height="16" role="img" aria-label="Time, ${zone()}">
    ${times.filter((t) => place(axis, t) > 3 && place(axis, t) < 97).map((t) => svg`<text x="${place(axis, t)}%" y="11">${tick(t, step)}</text>`)}
  </svg>`;
}
