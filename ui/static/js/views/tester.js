// @ts-check
// The triggers of the draft over stored entries or pasted text, and what its actions make of the chosen match.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { editor } from '../editor.js';
import { clock, count, fraction, plural } from '../format.js';
import { state } from '../icons.js';
import { href } from '../route.js';
import { slice, visible } from '../segments.js';
import { choose, matches, set, trial } from '../trial.js';
import { choice, value } from './inputs.js';
import * as preview from './preview.js';

/** @import {Segment} from '../types.js' */

const shown = 600; // characters of a line
const samples = 20;

/** Line ends are kept in pasted text. @param {string} t */
const inLines = (t) => t.split('\n').flatMap((l, i) => i ? ['\n', visible(l)] : [visible(l)]);

/** Segments with matches that can be chosen; the first of them has this number. @param {Segment[]} segments @param {number} first */
function marked(segments, first) {
  let n = first;
  return segments.map((s) => {
    if (!s.a?.length) return inLines(s.t);
    const at = n++;
    const now = trial.chosen?.at === at;
    return html`<mark class="hit" role="button" tabindex=${now ? '0' : '-1'} aria-pressed=${now ? 'true' : 'false'} data-match=${at}>${visible(s.t)}</mark>`;
  });
}

/** @param {Segment[]} segments */
const hits = (segments) => segments.filter((s) => s.a?.length).length;

/** What is shown of a line: it begins shortly before its first match. @param {Segment[]} segments */
function part(segments) {
  let first = 0;
  for (const s of segments) {
    if (s.a?.length) break;
    first += s.t.length;
  }
  const start = first > 200 ? first - 60 : 0;
  const whole = segments.reduce((n, s) => n + s.t.length, 0);
  return { segments: slice(segments, start, start + shown), before: start > 0, after: whole > start + shown };
}

function stored() {
  let first = 0;
  return (trial.result?.samples ?? []).slice(0, samples).map((s) => {
    const from = first;
    first += hits(s.segments);
    const p = part(s.segments);
    return html`<li data-sample=${s.id}><a class="dim" href=${href({ view: 'search', entry: s.id })}><time>${clock(s.time)}.${fraction(s.time, 3)}</time> ${s.tag}</a>
      <code>${p.before ? '…' : nothing}${marked(p.segments, from)}${p.after ? '…' : nothing}</code></li>`;
  });
}

/** @param {Event} e */
function clicked(e) {
  const el = e.target instanceof Element ? e.target.closest('[data-match]') : null;
  if (el) choose(Number(el.getAttribute('data-match')), true);
}

/** @param {KeyboardEvent} e */
function keys(e) {
  const by = { ArrowRight: 1, ArrowDown: 1, n: 1, ArrowLeft: -1, ArrowUp: -1, p: -1 }[e.key];
  const el = e.target instanceof Element ? e.target.closest('[data-match]') : null;
  if (!el || e.ctrlKey || e.metaKey || e.altKey) return;
  const drawn = [...document.querySelectorAll('#test-found [data-match]')];
  const to = by ? drawn[drawn.indexOf(el) + by] : e.key === 'Enter' || e.key === ' ' ? el : undefined;
  if (!by && !to) return;
  e.preventDefault();
  e.stopPropagation();
  if (to) choose(Number(to.getAttribute('data-match')), true);
}

function facts() {
  const r = trial.result;
  if (trial.error) return html`<p class="facts">${state('bad', 'bad', trial.error)}</p>`;
  if (!r) return html`<p class="facts dim">${trial.running ? 'Trying…' : ''}</p>`;
  if (!trial.places.length) return html`<p class="facts dim">What a trigger finds will stand here.</p>`;
  const lines = editor.draft?.when?.tags || editor.draft?.when?.fields || editor.draft?.when?.has;
  const on = trial.on === 'text' ? lines ? html`<span class="dim">, whatever the line</span>` : nothing : html` on ${count(r.lines)} of ${plural(r.entries, 'line')}`;
  const slow = r.slowest_us && r.entries ? html`<span class="dim"> · slowest ${r.slowest ? html`<a href=${href({ view: 'search', entry: r.slowest })}>${r.slowest_us.toFixed(0)} µs</a>` : html`${r.slowest_us.toFixed(0)} µs`} a line</span>` : nothing;
  return html`<p class="facts"><b id="hits">${plural(r.hits, 'hit')}</b>${on}${slow}</p>
    ${r.noisy ? html`<p class="facts" id="noisy">${state('warn', 'warn', r.noisy)}</p>` : nothing}
    ${r.cut ? html`<p class="facts">${state('warn', 'cut', 'It took too long and ended early.')}</p>` : nothing}`;
}

function shownLines() {
  const r = trial.result;
  if (!r || !trial.places.length) return nothing;
  if (trial.on === 'text') return html`<pre class="found" @click=${clicked} @keydown=${keys}>${marked(r.segments ?? [], 0)}</pre>`;
  if (!r.entries) return html`<p class="say dim">No stored line ${trial.q ? 'meets this query' : 'yet'}.</p>`;
  return html`<ol class="samples" aria-label="Stored lines with matches" @click=${clicked} @keydown=${keys}>${stored()}</ol>
    ${(r.samples?.length ?? 0) > samples || r.lines > (r.samples?.length ?? 0) ? html`<p class="facts dim">The newest ${Math.min(samples, r.samples?.length ?? 0)} of ${plural(r.lines, 'line')}.</p>` : nothing}`;
}

/** @param {Event} e */
const last = (e) => set({ last: Number(value(e)) });

const asked = () => trial.on === 'text'
  ? html`<textarea id="test-text" class="mono" rows="4" aria-label="Text to test the triggers on" spellcheck="false" .value=${live(trial.text)} @input=${(/** @type {Event} */ e) => set({ text: value(e) })}></textarea>`
  : html`<div class="pair"><input id="test-query" class="mono grow" aria-label="Query for the lines to test on" placeholder="all lines, or a query" autocomplete="off" spellcheck="false" .value=${live(trial.q)} @input=${(/** @type {Event} */ e) => set({ q: value(e) })}>
      <select id="test-last" aria-label="How many lines" @change=${last}>${[200, 1000, 10000].map((n) => html`<option value=${n} ?selected=${n === trial.last}>newest ${count(n)}</option>`)}</select></div>`;

export const render = () => html`<section class="test" aria-labelledby="test-head">
  <header><h2 id="test-head">Try it</h2><span class="grow"></span>${choice({ label: 'Try it on', of: [['lines', 'Real lines'], ['text', 'Pasted text']], now: trial.on, choose: (v) => set({ on: v }) })}</header>
  <div class="asked">${asked()}${facts()}</div>
  <div id="test-found" tabindex="-1">${shownLines()}</div>
  ${editor.draft && matches().length ? preview.render(editor.draft) : nothing}
</section>`;
