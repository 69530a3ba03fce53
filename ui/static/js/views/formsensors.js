// @ts-check
// The sensors in the fleet form: who has what is wanted, what each is sent, when it is gone.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { update } from '../app.js';
import { catalog } from '../catalog.js';
import { axisOf, length } from '../coverage.js';
import { form, isLive, pick, recordNow, turn } from '../form.js';
import { clock, date, plural, stamp, zone } from '../format.js';
import { icon, state } from '../icons.js';
import { closeDialog } from '../overlay.js';
import { href } from '../route.js';
import { bar, hatching, scale } from './coverage.js';

/** @import {Axis} from '../coverage.js' */
/** @import {IconName} from '../icons.js' */
/** @import {Job, SensorPreview} from '../types.js' */

const few = 6; // more sensors than this get a find box, and buttons that choose

/** @param {string} id */
const named = (id) => catalog.sensors?.find((s) => s.id === id);

/** @param {string} id */
const name = (id) => named(id)?.name ?? id;

export const anyLive = () => [...form.chosen].some(isLive);

/** Whether no chosen sensor can have it. */
export const gone = () => {
  const some = (form.all?.sensors ?? []).filter((s) => form.chosen.has(s.sensor));
  return some.length > 0 && some.every((s) => s.has === 'none');
};

/** What the chosen sensors are asked, told once where it is the same. */
export function sent() {
  const all = form.all?.sensors.filter((s) => form.chosen.has(s.sensor) || !form.chosen.size);
  if (!all?.length) return null;
  /** @type {Map<string, SensorPreview[]>} */
  const groups = new Map();
  for (const s of all) {
    const key = JSON.stringify([s.sent, s.cut_here ?? [], s.error ?? '']);
    groups.set(key, [...groups.get(key) ?? [], s]);
  }
  return [...groups.values()].map((g) => ask(g, groups.size > 1));
}

/** @param {SensorPreview[]} g @param {boolean} several */
function ask(g, several) {
  const { sent: text, cut_here: cut = [], error } = g[0];
  const to = several ? html`<b>${g.length > 3 ? plural(g.length, 'sensor') : g.map((s) => name(s.sensor)).join(', ')}</b>: ` : nothing;
  if (error) return html`<p>${to}${state('bad', 'bad', error)}</p>`;
  return html`<p data-sent=${text}>${several ? to : 'Sent: '}<span class="mono">${text || 'everything'}</span>${cut.length ? html` <span data-cut>Cut here: ${cut.join(', ')}.</span>` : nothing}</p>`;
}

/** @type {Record<string, [string, IconName]>} */
const looks = { all: ['ok', 'ok'], part: ['warn', 'cut'], none: ['warn', 'warn'], unknown: ['idle', 'idle'] };

/** @param {SensorPreview} s */
function verdict(s) {
  if (s.error) return state('bad', 'bad', "can't be asked this");
  const asking = s.has === 'unknown' && s.text === 'not asked yet';
  const [kind, pic] = asking ? ['busy', /** @type {IconName} */ ('busy')] : looks[s.has] ?? looks.unknown;
  return html`${state(kind, pic, asking ? 'asking' : s.text)}${s.waiting ? html` <small class="dim">behind ${plural(s.waiting, 'job')}</small>` : nothing}`;
}

/** @param {SensorPreview} s */
const left = (s) => s.expires_in_ms !== undefined ? length(s.expires_in_ms) : html`<span class="dim">${s.has === 'none' && !isLive(s.sensor) ? 'gone' : '–'}</span>`;

/** @param {SensorPreview} s @param {Axis|null} axis */
const row = (s, axis) => html`<tr data-sensor=${s.sensor} data-has=${s.has}>
  <td><label><input type="checkbox" name="sensor" value=${s.sensor} .checked=${live(form.chosen.has(s.sensor))} @change=${() => turn(s.sensor)}><b>${name(s.sensor)}</b></label></td>
  <td>${bar(axis, named(s.sensor)?.coverage, form.all ?? {})}</td>
  <td>${verdict(s)}</td>
  <td class="num">${left(s)}</td>
</tr>`;

/** Buttons for many sensors. @param {number} n */
const choosing = (n) => n <= few ? nothing : html`<div class="pair many">
  <input type="search" id="find-sensor" placeholder="Find a sensor" aria-label="Find a sensor" .value=${live(form.findSensor)} @input=${(/** @type {Event} */ e) => { form.findSensor = /** @type {HTMLInputElement} */ (e.target).value; update(); }}>
  <div class="choice" role="group" aria-label="Choose sensors"><button type="button" @click=${() => pick((s) => s.has === 'all' || s.has === 'part')}>Those that have it</button><button type="button" @click=${() => pick(() => true)}>All</button><button type="button" @click=${() => pick(() => false)}>None</button></div>
  <span class="dim">${form.chosen.size} of ${plural(n, 'sensor')}</span>
</div>`;

/** @param {Job} j */
const before = (j) => html` <a href=${href({ q: `src:${j.source}` })} @click=${closeDialog}>src:${j.source}${j.name ? ` ${j.name}` : ''}</a>, ${plural(j.packets ?? 0, 'packet')}.`;

/** What matters most about all of them. */
function clockLine() {
  const p = form.picked;
  const lives = form.all?.sensors.filter((s) => isLive(s.sensor)) ?? [];
  const earlier = form.earlier.length ? html`<span id="earlier"> Packets fetched earlier are still here:${form.earlier.map(before)}</span>` : nothing;
  if (gone()) {
    return html`<p class="clock" id="all-gone">${icon('warn')}<span><b>No chosen sensor has it${form.all?.sensors.some((s) => s.has === 'none' && s.text.startsWith('rolled')) ? ' any more' : ''}.</b>${earlier}</span>
      ${lives.length && !anyLive() ? html`<button type="button" class="small" id="record-now" @click=${recordNow}>Record from now on</button>` : nothing}</p>`;
  }
  if (p?.expires && p.expires_in_ms !== undefined) {
    const at = date(p.expires) === date(Date.now()) ? clock(p.expires).slice(0, 5) : stamp(p.expires).slice(0, 16);
    return html`<p class="clock" id="expires">${icon('clock')}<span>Oldest wanted packet expires in <b>about ${length(p.expires_in_ms)}</b>, on ${name(p.expires_on ?? '')} first, at ${at} ${zone()}.${earlier}</span></p>`;
  }
  return form.earlier.length ? html`<p class="clock">${icon('clock')}${earlier}</p>` : nothing;
}

export function render() {
  if (catalog.sensorsError) return html`<p class="clock">${icon('warn')}<span>${catalog.sensorsError}</span></p>`;
  if (catalog.sensors?.length === 0) return html`<p class="clock" id="none-to-ask">${icon('warn')}<span>No sensors yet: <a href=${href({ view: 'fleet', id: 'new' })} @click=${closeDialog}>add one</a>.</span></p>`;
  const all = form.all?.sensors ?? catalog.sensors?.map((s) => /** @type {SensorPreview} */ ({ sensor: s.id, sent: '', has: 'unknown', text: form.filterError ? 'not looked up' : 'waits for a filter', waiting: 0 })) ?? [];
  if (!all.length) return html`<p class="hint">Asking which there are…</p>`;
  const axis = axisOf(catalog.sensors ?? [], form.all ?? {});
  const find = form.findSensor.trim().toLowerCase();
  const shown = all.filter((s) => name(s.sensor).toLowerCase().includes(find));
  return html`${hatching()}${choosing(all.length)}
    <div class="sensor-list" role=${all.length > few ? 'region' : nothing} aria-label=${all.length > few ? 'Sensors' : nothing} tabindex=${all.length > few ? '0' : nothing}><table>
      <thead><tr><td></td><td>${scale(axis, 4)}</td><td></td><td class="num"><small class="dim">expires in</small></td></tr></thead>
      <tbody>${shown.map((s) => row(s, axis))}</tbody></table></div>
    ${clockLine()}`;
}
