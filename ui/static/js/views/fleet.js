// @ts-check
// The sensors, and the jobs that asked them.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { update } from '../app.js';
import { catalog, loadSensors } from '../catalog.js';
import { openForm } from '../form.js';
import { count } from '../format.js';
import { state } from '../icons.js';
import { busy, live } from '../live.js';
import * as job from './job.js';

/** @import {Job, Sensor} from '../types.js' */

const chosen = { which: 'all', find: '' };

/** @param {Job} j */
const needsLook = (j) => j.state === 'failed' || Boolean(j.sensors?.some((s) => s.state === 'failed' || s.limit));

/** @type {[string, string, (j: Job) => boolean][]} */
const kinds = [['all', 'All', () => true], ['running', 'Running', busy], ['look', 'Need a look', needsLook]];

/** @param {Job} j */
function wanted(j) {
  const kind = kinds.find(([k]) => k === chosen.which);
  const text = [j.id, j.query, j.name, j.reason, `src:${j.source}`, j.state].join(' ').toLowerCase();
  return (kind?.[2](j) ?? true) && text.includes(chosen.find.trim().toLowerCase());
}

/** @param {Sensor} s */
const sensor = (s) => html`<tr data-sensor=${s.id}><th scope="row">${s.name}</th><td>${s.kind}</td><td class="mono">${s.url}</td><td><code>${s.tag || 'packet'}</code></td></tr>`;

function sensors() {
  if (catalog.sensorsError) return html`<p class="say">${state('bad', 'bad', catalog.sensorsError)} <span><button class="small" @click=${loadSensors}>Try again</button></span></p>`;
  if (!catalog.sensors) return nothing;
  if (!catalog.sensors.length) {
    return html`<div class="say" id="no-sensors"><p>No sensors yet. Name them in the configuration file of <code>spoor serve</code>:</p>
      <pre>sensor:
  - name: Region 1
    url: https://127.0.0.1:1234
    ca: ca_cert.pem
    cert: client_cert.pem
    key: client_key.pem</pre></div>`;
  }
  return html`<div class="scroll"><table class="sensors" id="sensors">
    <thead><tr><th scope="col">Sensor</th><th scope="col">Kind</th><th scope="col">Address</th><th scope="col">Tag of its packets</th></tr></thead>
    <tbody>${catalog.sensors.map(sensor)}</tbody>
  </table></div>`;
}

function jobs() {
  if (!live.loaded) return nothing;
  if (!live.jobs.length) return html`<p class="say dim" id="no-jobs">No jobs yet. Fetch packets here, or from the menu of an address in a line.</p>`;
  const some = live.jobs.filter(wanted);
  if (!some.length) return html`<p class="say dim">None of the ${count(live.jobs.length)} jobs is meant.</p>`;
  return html`<div class="scroll"><table class="jobs" id="jobs">
    <thead><tr><th scope="col">Job</th><th scope="col">Filter, window, reason</th><th scope="col">Source</th><th scope="col">State</th><th scope="col" class="num">Packets</th><th scope="col" class="num">Bytes</th><th scope="col"><span class="sr">Actions</span></th></tr></thead>
    ${repeat(some, (/** @type {Job} */ j) => j.id, job.render)}
  </table></div>`;
}

/** @param {string} which */
function choose(which) {
  chosen.which = which;
  update();
}

export const render = () => html`<main tabindex="-1" class="fleet">
  <section aria-labelledby="sensors-head">
    <header><h1 id="sensors-head">Sensors</h1><span class="dim">Packet recorders that a job can ask.</span></header>
    ${sensors()}
  </section>
  <section aria-labelledby="jobs-head">
    <header>
      <h2 id="jobs-head">Jobs</h2>
      <div class="choice" role="group" aria-label="Which jobs">
        ${kinds.map(([k, name, is]) => html`<button data-jobs=${k} aria-pressed=${chosen.which === k ? 'true' : 'false'} @click=${() => choose(k)}>${name} ${count(live.jobs.filter(is).length)}</button>`)}
      </div>
      <input type="search" id="find-job" placeholder="Find a job: filter, name, reason" aria-label="Find a job" @input=${(/** @type {Event} */ e) => { chosen.find = /** @type {HTMLInputElement} */ (e.target).value; update(); }}>
      <span class="grow"></span>
      ${live.loaded && !live.connected ? state('warn', 'warn', 'Not live: connecting again') : nothing}
      <button class="primary" id="fetch" @click=${() => openForm({ title: 'Fetch packets', filter: '', entry: null })}>Fetch packets…</button>
    </header>
    ${jobs()}
  </section>
</main>`;
