// @ts-check
// One job: what it asks, and how far each sensor is.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { update } from '../app.js';
import { catalog } from '../catalog.js';
import { clock, count, date, plural, size, stamp, took } from '../format.js';
import { icon, state } from '../icons.js';
import { busy, cancelJob, live, progress, retryJob } from '../live.js';
import { href } from '../route.js';
import { windowOf, words } from '../times.js';

/** @import {Job, SensorState} from '../types.js' */
/** @import {IconName} from '../icons.js' */

/** Jobs whose sensors are shown or hidden by hand. @type {Map<number, boolean>} */
const turned = new Map();

/** @type {Record<string, [string, IconName]>} */
const looks = { queued: ['idle', 'idle'], running: ['busy', 'busy'], connecting: ['busy', 'busy'], streaming: ['busy', 'busy'], done: ['ok', 'ok'], failed: ['bad', 'bad'], cancelled: ['idle', 'stop'] };

/** @param {string} word @param {string} [text] */
function look(word, text = word) {
  const [kind, name] = looks[word] ?? ['idle', 'idle'];
  return state(kind, name, text);
}

/** The newest ten and what is unfinished or wrong stand open. @param {Job} j */
const shown = (j) => turned.get(j.id) ?? (live.jobs.indexOf(j) < 10 || j.state !== 'done');

/** @param {Job} j */
function turn(j) {
  turned.set(j.id, !shown(j));
  update();
}

/** What runs is told in whole seconds. @param {string|undefined} from @param {string|undefined} to */
function lasted(from, to) {
  if (!from) return '';
  const ms = Math.max(0, (to ? Date.parse(to) : Date.now()) - Date.parse(from));
  return to ? took(ms) : ms < 60e3 ? `${Math.floor(ms / 1000)} s` : took(ms);
}

/** @param {Job} j */
function overall(j) {
  const bad = j.sensors?.filter((s) => s.state === 'failed').length ?? 0;
  if (j.state === 'done' && bad) return state('warn', 'cut', `done, ${bad} of ${plural(j.sensors?.length ?? 0, 'sensor')} failed`);
  return look(j.state);
}

/** @param {Job} j */
function when(j) {
  const at = date(j.created) === date(Date.now()) ? clock(j.created) : stamp(j.created);
  if (busy(j)) return html`<small class="dim">${at}, for ${lasted(j.created, undefined)}</small>`;
  return html`<small class="dim">${at}${j.ended ? `, took ${lasted(j.created, j.ended)}` : ''}</small>`;
}

/** @param {string} first @param {string} last @param {string} day That which the job's window says already. */
const between = (first, last, day) => `${date(first) === day ? clock(first) : stamp(first)} – ${date(first) === date(last) ? clock(last) : stamp(last)}`;

/** What there is to say of a sensor's answer. @param {SensorState} s @param {string} day */
function why(s, day) {
  if (s.error) return s.error;
  const parts = [];
  if (s.verdict === 'complete') parts.push('complete as far as the sensor says');
  else if (s.verdict) parts.push(`${s.verdict}: ${s.doubt}`);
  if (s.first && s.last && s.packets) parts.push(between(s.first, s.last, day));
  if (s.rejected) parts.push(`${plural(s.rejected, 'packet')} rejected`);
  if ((s.state === 'connecting' || s.state === 'streaming') && s.started) parts.push(`for ${lasted(s.started, undefined)}`);
  if (s.note) parts.push(s.note);
  return parts.join(' · ');
}

/** The day of a job's window, "" when it has several or none. @param {Job} j */
function dayOf(j) {
  const w = windowOf(j.query);
  return w && date(w.from) === date(w.to) ? date(w.from) : '';
}

/** @param {Job} j @param {SensorState} s */
const sensor = (j, s) => html`<tr class="sensor" data-sensor=${s.sensor} data-state=${s.state}>
  <td></td><th scope="row">${catalog.sensors?.find((k) => k.id === s.sensor)?.name ?? s.sensor}</th><td></td>
  <td><div class="why">${s.limit ? state('warn', 'cut', `${s.state}, cut`) : look(s.state)}<span class="dim">${why(s, dayOf(j))}</span></div></td>
  <td class="num">${count(s.packets ?? 0)}</td><td class="num">${size(s.bytes ?? 0)}</td><td></td>
</tr>`;

/** @param {Job} j */
function running(j) {
  if (!busy(j)) return nothing;
  return html`<progress value=${Math.round(100 * progress(j))} max="100" aria-label="Sensors of job ${j.id} that are done"></progress>`;
}

/** @param {Job} j */
function doing(j) {
  const again = !busy(j) && j.sensors?.some((s) => s.state === 'failed' || s.state === 'cancelled');
  return html`<div class="do">
    ${busy(j) ? html`<button class="small" data-do="cancel" aria-label="Cancel job ${j.id}" @click=${() => cancelJob(j.id)}>${icon('stop')}Cancel</button>` : nothing}
    ${again ? html`<button class="small" data-do="retry" aria-label="Retry job ${j.id}" @click=${() => retryJob(j.id)}>${icon('retry')}Retry</button>` : nothing}
    ${j.packets ? html`<a class="button small" data-do="packets" href=${href({ q: `src:${j.source}` })} aria-label="Packets of job ${j.id}">${icon('search')}Packets</a>` : nothing}
  </div>`;
}

/** @param {Job} j */
function asks(j) {
  const w = windowOf(j.query);
  const when = w && words(w);
  const about = [when && [when.day, when.text].filter(Boolean).join(', '), j.reason].filter(Boolean).join(' · ');
  return html`<div class="mono" title=${j.query}>${w?.base ?? j.query}</div>
    <small class="dim">${about}</small>${j.entry ? html` <small><a href=${href({ entry: j.entry })} aria-label="The line of job ${j.id}">the line</a></small>` : nothing}`;
}

/** @param {Job} j */
export function render(j) {
  const open = shown(j);
  return html`<tbody data-job=${j.id} data-state=${j.state}>
    <tr class="job">
      <td><button class="turn" aria-expanded=${open ? 'true' : 'false'} aria-label="Sensors of job ${j.id}" @click=${() => turn(j)}>${icon(open ? 'down' : 'right')}</button>${j.id}</td>
      <td class="asks">${asks(j)}</td>
      <td><a href=${href({ q: `src:${j.source}` })} class="mono">src:${j.source}</a>${j.name ? html`<br><small class="dim">${j.name}</small>` : nothing}</td>
      <td>${overall(j)}<br>${when(j)}${running(j)}</td>
      <td class="num"><b data-packets>${count(j.packets ?? 0)}</b></td><td class="num"><b>${size(j.bytes ?? 0)}</b></td>
      <td>${doing(j)}</td>
    </tr>
    ${open ? j.sensors?.map((s) => sensor(j, s)) : nothing}
  </tbody>`;
}
