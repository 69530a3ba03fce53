// @ts-check
// The sources: what has a number, whose packets are where, and files to add to them.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { api } from '../api.js';
import { update } from '../app.js';
import { catalog, load } from '../catalog.js';
import { count, plural, stamp } from '../format.js';
import { icon, state } from '../icons.js';
import { href } from '../route.js';
import { curl } from '../session.js';
import { words, windowOf } from '../times.js';
import { dropped, held } from '../upload.js';
import * as upload from './upload.js';

/** @import {Job, Source} from '../types.js' */

const page = 100;
const few = 10; // more than these get a find box
const shown = { find: '', most: page };

/** @param {Job} j */
function asked(j) {
  if (j.upload) return html`upload of <span class="mono">${j.upload}</span>`;
  const range = j.from || j.to ? words({ from: j.from ?? '', to: j.to ?? '' }) : null;
  return html`<span class="mono">${windowOf(j.query)?.base ?? j.query}</span> <small class="dim">${range ? [range.day, range.text].filter(Boolean).join(', ') : ''}</small>`;
}

/** @param {Job} j */
const about = (j) => [j.who, stamp(j.created), j.reason].filter(Boolean).join(', ');

/** @param {Source} s */
function from(s) {
  const job = catalog.jobs.get(s.source);
  const n = job?.id ?? s.job;
  if (!n) return html`<span class="dim">sent to Spoor</span>`;
  return html`<a href=${href({ view: 'fleet', id: String(n) })}>Job ${n}</a> ${job ? html`${asked(job)}<br><small class="dim">${about(job)}</small>${doubt(job)}` : nothing}`;
}

/** What would surprise. @param {Job} j */
const doubt = (j) => j.state === 'failed' ? html` ${state('bad', 'bad', 'failed')}` : j.verdict && j.verdict !== 'complete' ? html` ${state('warn', 'cut', j.verdict)}` : nothing;

/** @param {Source} s */
function row(s) {
  const q = `src:${s.source}`;
  const kind = catalog.kinds.get(s.source);
  const folded = catalog.jobs.get(s.source)?.copies?.length;
  return html`<tr data-source=${s.source}>
    <td><a class="mono" href=${href({ q })}>${q}</a></td>
    <td>${s.name || html`<span class="dim">–</span>`}</td>
    <td>${from(s)}</td>
    <td class="wide">${kind?.tags.map((t) => html`<code>${t}</code> `)}</td>
    <td class="num">${count(s.entries)}</td>
    <td><div class="do">
      <a class="button small" href=${href({ q })} aria-label="Open ${q}">${icon('search')}Open</a>
      ${folded ? html`<a class="button small" href=${href({ q: `${q} dedup:on` })} aria-label="Folded ${q}: what several sensors saw, once">${icon('copy')}Folded</a>` : nothing}
      ${kind?.packets ? html`<a class="button small" href=${api.exportURL({ q, format: 'pcap' })} download="src-${s.source}.pcap" aria-label="Export ${q} as pcap">${icon('download')}pcap</a>` : nothing}
    </div></td>
  </tr>`;
}

/** @param {Source} s */
function wanted(s) {
  const j = catalog.jobs.get(s.source);
  const text = [`src:${s.source}`, s.name, j && `job ${j.id}`, j?.query, j?.upload, j?.who, j?.reason, ...catalog.kinds.get(s.source)?.tags ?? []].join(' ').toLowerCase();
  return shown.find.toLowerCase().split(/\s+/).every((w) => text.includes(w));
}

function list() {
  if (catalog.sourcesError) return html`<p class="say">${state('bad', 'bad', catalog.sourcesError)} <span><button class="small" @click=${load}>Try again</button></span></p>`;
  if (!catalog.sources) return nothing;
  if (!catalog.sources.length) {
    return html`<div class="say" id="no-captures"><h2>No captures yet</h2>
      <p>A fleet job's packets get a number of their own: <a href=${href({ view: 'fleet' })}>fetch some</a>, upload a file above, or send one:</p>
      <pre>${curl('capture.pcap', '?source=100')}</pre></div>`;
  }
  const some = catalog.sources.filter(wanted);
  const rest = some.length - shown.most;
  return html`<div class="scroll"><table class="captures" id="captures">
    <thead><tr><th scope="col">Source</th><th scope="col">Name</th><th scope="col">From</th><th scope="col" class="wide">Tags</th><th scope="col" class="num">Entries</th><th scope="col"><span class="sr">Actions</span></th></tr></thead>
    <tbody>${some.slice(0, shown.most).map(row)}</tbody>
  </table></div>
  ${some.length ? nothing : html`<p class="say dim">No source with “${shown.find}”.</p>`}
  ${rest > 0 ? html`<p class="say"><button id="more-captures" @click=${() => { shown.most += page; update(); }}>${plural(rest, 'more source')}</button></p>` : nothing}`;
}

/** @param {Event} e */
function find(e) {
  Object.assign(shown, { find: /** @type {HTMLInputElement} */ (e.target).value, most: page });
  update();
}

export const render = () => html`<main tabindex="-1" class="fleet" @dragover=${(/** @type {DragEvent} */ e) => held(e, true)} @dragleave=${(/** @type {DragEvent} */ e) => held(e, false)} @drop=${dropped}>
  <section aria-labelledby="captures-head">
    <header><h1 id="captures-head">Captures</h1><span class="dim">Sources: entries that share a number, the packets of a job or what was sent with one.</span>
      <span class="grow"></span>
      ${(catalog.sources?.length ?? 0) > few ? html`<input type="search" id="find-capture" autocomplete="off" placeholder="Find a source: number, name, filter, person" aria-label="Find a source" .value=${live(shown.find)} @input=${find}>` : nothing}
    </header>
  </section>
  ${upload.render()}
  <section>${list()}</section>
</main>`;
