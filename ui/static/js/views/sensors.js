// @ts-check
// The table of sensors: how each is, and what it has.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { update } from '../app.js';
import { catalog, loadSensors } from '../catalog.js';
import { axisOf, brief, length } from '../coverage.js';
import { plural } from '../format.js';
import { icon, state } from '../icons.js';
import { forgetTest, kinds, openSensor, test, tests } from '../sensors.js';
import { bar, hatching, scale } from './coverage.js';

/** @import {Axis} from '../coverage.js' */
/** @import {IconName} from '../icons.js' */
/** @import {Sensor} from '../types.js' */

const many = 12; // more sensors than this get a find box, and scroll by themselves
const chosen = { find: '' };

/** @type {Record<string, [string, IconName]>} */
const looks = { good: ['ok', 'ok'], warn: ['warn', 'warn'], bad: ['bad', 'bad'], unknown: ['idle', 'idle'] };

/** @param {Sensor} s */
function health({ health: h, running = 0, waiting = 0 }) {
  const [kind, name] = looks[h.state] ?? looks.unknown;
  const busy = running || waiting ? html` <small class="dim">${running ? `asked by ${plural(running, 'job')}` : ''}${waiting ? `${running ? ', ' : ''}${waiting} waiting` : ''}</small>` : nothing;
  return html`${state(kind, name, h.state === 'unknown' ? 'not asked yet' : h.text)}${busy}`;
}

/** How far behind it is, or since when it is silent. @param {Sensor} s */
function behind({ health: h, coverage: c }) {
  if (h.state === 'bad' && h.since) return `since ${brief(h.since)}`;
  if (c?.live || !c?.newest) return '–';
  return c.lag_ms >= 1000 ? length(c.lag_ms) : 'none';
}

/** What went wrong, or what a test brought. @param {Sensor} s */
function said(s) {
  const t = tests.get(s.id);
  if (t === null) return html`<span class="state busy">${icon('busy')}Asking it…</span>`;
  if (t) return html`${t.ok ? state('ok', 'ok', 'Test') : state('bad', 'bad', 'Test')} <span>${t.message}</span> <span class="dim">${Math.max(1, Math.round(t.took_ms))} ms</span>
    <button class="quiet small square" aria-label="Dismiss the test of ${s.name}" @click=${() => forgetTest(s.id)}>${icon('close')}</button>`;
  return s.health.error ? html`<span class="dim">${s.health.error}</span>` : null;
}

/** @param {Sensor} s @param {Axis|null} axis */
function row(s, axis) {
  const c = s.coverage;
  const message = said(s);
  const kind = kinds.find((k) => k.kind === s.kind)?.name ?? s.kind;
  return html`<tbody><tr data-sensor=${s.id} data-health=${s.health.state}>
    <th scope="row">${s.name}</th>
    <td class="dim wide kind">${kind}${s.url ? `, ${s.url}` : ''}${s.tag && s.tag !== 'packet' ? html`, <code>${s.tag}</code>` : nothing}</td>
    <td>${health(s)}</td>
    <td>${bar(axis, c)}</td>
    <td class="num">${c?.live ? 'from now on' : c?.oldest ? brief(c.oldest) : '–'}</td>
    <td class="num wide">${c?.oldest ? length(c.keeps_ms) : '–'}</td>
    <td class="num">${behind(s)}</td>
    <td><div class="do">
      <button class="small" data-do="test" aria-label="Test ${s.name}" @click=${() => test(s)}>Test</button>
      ${s.editable ? html`<button class="quiet small square" data-do="edit" aria-label="Edit ${s.name}" @click=${() => openSensor(s.id)}>${icon('edit')}</button>` : html`<span class="square small" title="It stands in the configuration file"></span>`}
    </div></td>
  </tr>
  ${message ? html`<tr class="said-of" data-said=${s.id}><td colspan="8"><div role="status">${message}</div></td></tr>` : nothing}</tbody>`;
}

const none = () => html`<div class="say" id="no-sensors"><p>No sensors yet. <button class="small" @click=${() => openSensor('')}>Add one</button>, or name them in the configuration file of <code>spoor serve</code>:</p>
  <pre>sensor:
  - name: Region 1
    url: https://127.0.0.1:1234
    ca: ca_cert.pem
    cert: client_cert.pem
    key: client_key.pem</pre></div>`;

const search = () => html`<p class="pair find"><input type="search" id="find-sensors" autocomplete="off" placeholder="Find a sensor: name, address, health" aria-label="Find a sensor" .value=${live(chosen.find)}
  @input=${(/** @type {Event} */ e) => { chosen.find = /** @type {HTMLInputElement} */ (e.target).value; update(); }}> <span class="dim">${plural(catalog.sensors?.length ?? 0, 'sensor')}</span></p>`;

/** @param {Sensor} s */
const wanted = (s) => [s.name, s.id, s.kind, s.url, s.tag, s.health.text, s.health.error].join(' ').toLowerCase().includes(chosen.find.trim().toLowerCase());

export function render() {
  if (catalog.sensorsError) return html`<p class="say">${state('bad', 'bad', catalog.sensorsError)} <span><button class="small" @click=${loadSensors}>Try again</button></span></p>`;
  if (!catalog.sensors) return nothing;
  if (!catalog.sensors.length) return none();
  const lots = catalog.sensors.length > many;
  const some = lots ? catalog.sensors.filter(wanted) : catalog.sensors;
  const axis = axisOf(catalog.sensors);
  return html`${hatching()}${lots ? search() : nothing}<div class="scroll ${lots ? 'lots' : ''}" role=${lots ? 'region' : nothing} aria-label=${lots ? 'Table of sensors' : nothing} tabindex=${lots ? '0' : nothing}><table class="sensors" id="sensors">
    <thead><tr><th scope="col">Sensor</th><th scope="col" class="wide">Kind</th><th scope="col">Health</th><th scope="col"><span class="sr">Coverage</span>${scale(axis, innerWidth < 1000 ? 3 : 6)}</th><th scope="col" class="num">Oldest</th><th scope="col" class="num wide">Keeps</th><th scope="col" class="num">Behind</th><th scope="col"><span class="sr">Actions</span></th></tr></thead>
    ${repeat(some, (/** @type {Sensor} */ s) => s.id, (/** @type {Sensor} */ s) => row(s, axis))}
  </table></div>
  ${some.length ? nothing : html`<p class="say dim">No sensor with “${chosen.find}”.</p>`}`;
}
