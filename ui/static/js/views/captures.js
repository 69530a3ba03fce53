// @ts-check
// The sources: what has a number, and whose packets are where.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { api } from '../api.js';
import { catalog, load } from '../catalog.js';
import { count } from '../format.js';
import { icon, state } from '../icons.js';
import { live } from '../live.js';
import { href } from '../route.js';
import { curl } from '../session.js';
import { windowOf, words } from '../times.js';

/** @import {Source} from '../types.js' */

/** @param {string} filter */
function asked(filter) {
  const w = windowOf(filter);
  if (!w) return filter;
  const { day, text } = words(w);
  return html`${w.base} <small class="dim">${[day, text].filter(Boolean).join(', ')}</small>`;
}

/** @param {Source} s */
function row(s) {
  const job = live.jobs.find((j) => j.id === s.job) ?? live.jobs.find((j) => j.source === s.source);
  const q = `src:${s.source}`;
  const kind = catalog.kinds.get(s.source);
  return html`<tr data-source=${s.source}>
    <td><a class="mono" href=${href({ q })}>${q}</a></td>
    <td>${s.name || html`<span class="dim">–</span>`}</td>
    <td>${job ? html`<a href=${href({ view: 'fleet' })}>Job ${job.id}</a> <span class="mono">${asked(job.query)}</span>` : s.job ? `Job ${s.job}` : html`<span class="dim">sent to Spoor</span>`}</td>
    <td class="wide">${kind?.tags.map((t) => html`<code>${t}</code> `)}</td>
    <td class="num">${count(s.entries)}</td>
    <td><div class="do">
      <a class="button small" href=${href({ q })} aria-label="Open ${q}">${icon('search')}Open</a>
      ${kind?.packets ? html`<a class="button small" href=${api.exportURL({ q, format: 'pcap' })} download="src-${s.source}.pcap" aria-label="Export ${q} as pcap">${icon('download')}pcap</a>` : nothing}
    </div></td>
  </tr>`;
}

function list() {
  if (catalog.sourcesError) return html`<p class="say">${state('bad', 'bad', catalog.sourcesError)} <span><button class="small" @click=${load}>Try again</button></span></p>`;
  if (!catalog.sources) return nothing;
  if (!catalog.sources.length) {
    return html`<div class="say" id="no-captures"><h2>No captures yet</h2>
      <p>A fleet job's packets get a number of their own: <a href=${href({ view: 'fleet' })}>fetch some</a>, or send a capture file:</p>
      <pre>${curl('capture.pcap', '?source=100')}</pre></div>`;
  }
  return html`<div class="scroll"><table class="captures" id="captures">
    <thead><tr><th scope="col">Source</th><th scope="col">Name</th><th scope="col">From</th><th scope="col" class="wide">Tags</th><th scope="col" class="num">Entries</th><th scope="col"><span class="sr">Actions</span></th></tr></thead>
    <tbody>${catalog.sources.map(row)}</tbody>
  </table></div>`;
}

export const render = () => html`<main tabindex="-1" class="fleet">
  <section aria-labelledby="captures-head">
    <header><h1 id="captures-head">Captures</h1><span class="dim">Sources: entries that share a number, the packets of a job or what was sent with one.</span></header>
    ${list()}
  </section>
</main>`;
