// @ts-check
// How many results when: bars that can be zoomed into.

import { html, nothing, svg } from '../../vendor/lit-html/lit-html.js';
import { guard } from '../../vendor/lit-html/directives/guard.js';
import { brush, clear, down, inside, key, left, moved, startOf, up, zoom } from '../brush.js';
import { clock, count, date, fine, plural, span, stamp, zone } from '../format.js';
import { tick, ticks } from '../scale.js';
import { search } from '../search.js';
import { seen } from '../seen.js';

/** @import {Histogram} from '../types.js' */

const tall = 56; // px of the highest bar

/** @param {Histogram} h */
function edges(h) {
  const from = Date.parse(h.from);
  return { from, to: from + h.counts.length * h.width_ns / 1e6 };
}

/** The sentence for who does not see the bars. @param {Histogram} h */
function summary(h) {
  const { from, to } = edges(h);
  const top = h.counts.indexOf(Math.max(...h.counts));
  return `${plural(h.total, 'result')} from ${stamp(from)} to ${stamp(to)} ${zone()}` + (h.total ? `, most at ${stamp(startOf(top))}` : '');
}

/** @param {number} a @param {number} b Buckets. */
function between(a, b) {
  const [from, to] = [startOf(a), startOf(b + 1)];
  const f = to - from < 10000 ? (/** @type {number} */ t) => fine(t).slice(11, 23) : clock;
  const h = search.histogram;
  if (date(from) !== date(to)) return `${stamp(from).slice(0, 16)} – ${stamp(to).slice(0, 16)}`;
  // Where there are several days the time alone says too little.
  if (h && date(h.from) !== date(h.to)) return `${date(from)} ${f(from)} – ${f(to)}`;
  return `${f(from)} – ${f(to)}`;
}

/** @param {Histogram} h */
function bars(h) {
  const { from, to } = edges(h);
  const max = Math.max(1, ...h.counts);
  const w = 100 / h.counts.length;
  const axis = ticks(from, to, innerWidth < 1000 ? 5 : 8);
  const at = (/** @type {number} */ t) => 100 * (t - from) / (to - from);
  return svg`
    <line class="grid" x2="100%" y1=".5" y2=".5"/><line class="grid" x2="100%" y1="28.5" y2="28.5"/>
    ${h.counts.map((n, i) => n ? svg`<rect class="b" x="${(i + 0.1) * w}%" width="${w * 0.8}%" y=${tall - Math.max(1, n / max * tall)} height=${Math.max(1, n / max * tall)}/>` : nothing)}
    <line class="axis" x2="100%" y1=${tall + 0.5} y2=${tall + 0.5}/>
    ${axis.times.filter((t) => at(t) > 2 && at(t) < 98).map((t) => svg`<text x="${at(t)}%" y=${tall + 15}>${tick(t, axis.step)}</text>`)}`;
}

/** What is not scanned yet is hatched. @param {Histogram} h */
function hatched(h) {
  const p = search.progress;
  if (!p || Number.isNaN(p.until) || search.stale) return nothing;
  const { from, to } = edges(h);
  const x = 100 * Math.min(1, Math.max(0, (p.until - from) / (to - from)));
  const [a, b] = search.result?.order === 'oldest' ? [x, 100] : [0, x];
  return b - a > 0.1 ? svg`<rect class="unseen" x="${a}%" width="${b - a}%" height=${tall} fill="url(#hatch)"/>` : nothing;
}

/** The part of the time that is on screen. @param {Histogram} h */
function onScreen(h) {
  const { from, to } = edges(h);
  if (!seen.from || search.stale) return nothing;
  const x = Math.max(0, 100 * (seen.from - from) / (to - from));
  const w = Math.max(0.4, Math.min(100, 100 * (seen.to - from) / (to - from)) - x);
  if (!search.result?.next && (search.result?.entries.length ?? 0) < 20) return nothing; // all of them are
  return svg`<rect class="seen" x="${Math.min(x, 99.6)}%" width="${w}%" y=${tall + 1} height="2"/>`;
}

/** @param {Histogram} h */
function chosen(h) {
  const c = brush.chosen;
  if (!c) return nothing;
  const w = 100 / h.counts.length;
  return svg`<rect class="brush" x="${c.a * w}%" width="${(c.b - c.a + 1) * w}%" height=${tall}/>
    <line class="grip" x1="${c.a * w}%" x2="${c.a * w}%" y2=${tall}/><line class="grip" x1="${(c.b + 1) * w}%" x2="${(c.b + 1) * w}%" y2=${tall}/>`;
}

/** @param {Histogram} h */
function under(h) {
  if (brush.at < 0 || brush.chosen) return nothing;
  const w = 100 / h.counts.length;
  return svg`<rect class="at" x="${brush.at * w}%" width="${w}%" height=${tall}/>`;
}

/** @param {Histogram} h */
function says(h) {
  const c = brush.chosen;
  if (c) {
    return html`<span id="chosen">${between(c.a, c.b)}, <b>${plural(inside(c), 'result')}</b></span>
      <button class="small" id="zoom" @click=${zoom}>Zoom in <kbd>↵</kbd></button>
      <button class="quiet small" @click=${clear}>Clear <kbd>Esc</kbd></button>`;
  }
  return brush.at >= 0 ? html`<span>${between(brush.at, brush.at)}, <b>${plural(h.counts[brush.at] ?? 0, 'result')}</b></span>` : nothing;
}

export function render() {
  const h = search.histogram;
  if (!h?.counts?.length || !h.total && !search.running) return nothing;
  const at = brush.at >= 0 ? brush.at : 0;
  const old = search.stale || search.oldBars;
  return html`<figure class="histogram ${old ? 'stale' : ''}" id="histogram">
    <figcaption><span class="dim">${search.result?.packets ? 'Packets' : 'Results'} per ${span(h.width_ns / 1e6)}, up to ${count(Math.max(...h.counts))}</span><span class="grow"></span>${says(h)}</figcaption>
    <div class="bars" role="slider" tabindex="0" aria-label="When: ${summary(h)}. Arrows move, with Shift they choose, Enter zooms in."
      aria-valuemin="0" aria-valuemax=${h.counts.length - 1} aria-valuenow=${at} aria-valuetext="${between(at, at)}, ${plural(h.counts[at] ?? 0, 'result')}"
      @pointerdown=${down} @pointermove=${moved} @pointerup=${up} @pointerleave=${left} @keydown=${key} @dblclick=${zoom}>
      <svg height=${tall + 20} aria-hidden="true">
        <defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><line y2="6"/></pattern></defs>
        ${old ? nothing : hatched(h)}${chosen(h)}${under(h)}${guard([h, innerWidth < 1000, zone()], () => bars(h))}${old ? nothing : onScreen(h)}</svg>
    </div>
  </figure>`;
}
