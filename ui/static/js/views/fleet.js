// @ts-check
// The sensors, and the jobs that asked them.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live as kept } from '../../vendor/lit-html/directives/live.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { catalog } from '../catalog.js';
import { openForm } from '../form.js';
import { count } from '../format.js';
import { icon, state } from '../icons.js';
import { found, more, narrow, one, show } from '../jobsearch.js';
import { live } from '../live.js';
import { href, route } from '../route.js';
import { openSensor } from '../sensors.js';
import * as job from './job.js';
import * as sensors from './sensors.js';

/** @import {Job} from '../types.js' */

/** @type {[string, string, 'all'|'active'|'look'][]} hook, name, count */
const kinds = [['all', 'All', 'all'], ['running', 'Running', 'active'], ['look', 'Need a look', 'look']];

function none() {
  if (one() && !found.error) return nothing;
  if (found.counts.all === 0 && !route.find) return html`<p class="say dim" id="no-jobs">No jobs yet. Fetch packets here, or from the menu of an address in a line.</p>`;
  const looking = route.jobs === 'active' ? 'No job runs' : route.jobs === 'look' ? 'No job needs a look' : 'No job';
  return html`<p class="say dim" id="none-found">${looking}${route.find ? html` with “${route.find}”` : nothing}.</p>`;
}

function jobs() {
  if (found.error) return html`<p class="say">${state('bad', 'bad', found.error)} <span><button class="small" @click=${show}>Try again</button></span></p>`;
  if (!found.loaded) return nothing;
  if (!found.jobs.length) return none();
  return html`<div class="scroll"><table class="jobs" id="jobs">
    <thead><tr><th scope="col">Job</th><th scope="col">Filter, window, reason</th><th scope="col">Source</th><th scope="col">State</th><th scope="col">Progress</th><th scope="col" class="num">Packets</th><th scope="col" class="num">Bytes</th><th scope="col"><span class="sr">Actions</span></th></tr></thead>
    ${repeat(found.jobs, (/** @type {Job} */ j) => j.id, job.render)}
  </table></div>
  ${found.next ? html`<p class="say"><button id="more-jobs" aria-disabled=${found.more ? 'true' : 'false'} @click=${more}>Earlier jobs</button></p>` : nothing}`;
}

/** @param {Event} e */
const find = (e) => narrow({ find: /** @type {HTMLInputElement} */ (e.target).value });

/** Which jobs are listed. */
function choices() {
  if (one()) return html`<span>Job ${one()} alone</span> <a class="button small" id="all-jobs" href=${href({ view: 'fleet' })}>All jobs</a>`;
  return html`<div class="choice" role="group" aria-label="Which jobs">
      ${kinds.map(([hook, name, of]) => {
    const is = of === 'all' ? '' : of;
    return html`<button data-jobs=${hook} aria-pressed=${route.jobs === is ? 'true' : 'false'} @click=${() => narrow({ jobs: is })}>${name} ${count(found.counts[of])}</button>`;
  })}
    </div>
    <input type="search" id="find-job" autocomplete="off" placeholder="Find a job: filter, name, person, reason" aria-label="Find a job" .value=${kept(route.find)} @input=${find}>`;
}

/** Drawn once the sensors above are, so that nothing moves under a hand. */
const jobsSection = () => !catalog.sensors && !catalog.sensorsError ? nothing : html`<section aria-labelledby="jobs-head">
    <header>
      <h2 id="jobs-head">Jobs</h2>
      ${choices()}
      <span class="grow"></span>
      ${found.loaded && !live.connected ? state('warn', 'warn', 'Not live: connecting again') : nothing}
      <button class="primary" id="fetch" @click=${() => openForm({ title: 'Fetch packets', filter: '', entry: null })}>Fetch packets…</button>
    </header>
    ${jobs()}
  </section>`;

export const render = () => html`<main tabindex="-1" class="fleet">
  <section aria-labelledby="sensors-head">
    <header>
      <h1 id="sensors-head">Sensors</h1><span class="dim">What each still has. Hatched: not answered yet, or doubtful.</span>
      <span class="grow"></span>
      <button id="add-sensor" @click=${() => openSensor('')}>${icon('plus')}Add a sensor…</button>
    </header>
    ${sensors.render()}
  </section>
  ${jobsSection()}
</main>`;
