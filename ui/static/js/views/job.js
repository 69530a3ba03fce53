// @ts-check
// One job: what it asks, how far each sensor is, and how far the answer can be trusted.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { update } from '../app.js';
import { catalog } from '../catalog.js';
import { clock, count, date, plural, size, span, stamp, took } from '../format.js';
import { icon, state } from '../icons.js';
import { found, one } from '../jobsearch.js';
import { busy, cancelJob, progress, reached, retryJob } from '../live.js';
import { href } from '../route.js';
import { windowOf, words } from '../times.js';

/** @import {Copies, Job, SensorState} from '../types.js' */
/** @import {IconName} from '../icons.js' */

/** Jobs whose sensors are shown or hidden by hand. @type {Map<number, boolean>} */
const turned = new Map();

/** @type {Record<string, [string, IconName]>} */
const looks = {
  queued: ['idle', 'idle'], running: ['busy', 'busy'], connecting: ['busy', 'busy'], streaming: ['busy', 'busy'], done: ['ok', 'ok'],
  failed: ['bad', 'bad'], cancelled: ['idle', 'stop'], 'possibly cut': ['warn', 'cut'], 'outside coverage': ['warn', 'warn'],
};

/** @param {string} word @param {string} [text] */
function look(word, text = word) {
  const [kind, name] = looks[word] ?? ['idle', 'idle'];
  return state(kind, name, text);
}

/** What a state is called once it is judged. @param {{state: string, verdict?: string}} of */
const judged = ({ state: s, verdict }) => s === 'done' && verdict && verdict !== 'complete' ? verdict : s;

/** @param {string} id */
const named = (id) => id === 'upload' ? 'Upload' : catalog.sensors?.find((k) => k.id === id)?.name ?? id;

/** The newest ten and what is unfinished or in doubt stand open. @param {Job} j */
const shown = (j) => turned.get(j.id) ?? (one() === j.id || found.jobs.indexOf(j) < 10 || judged(j) !== 'done');

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
  if (j.state === 'queued') return look('queued', 'waiting');
  if (j.state === 'running' && j.sensors?.some((s) => s.state === 'streaming')) return look('streaming');
  return look(judged(j));
}

/** @param {Job} j */
function when(j) {
  const at = date(j.created) === date(Date.now()) ? clock(j.created) : stamp(j.created);
  const long = busy(j) ? `for ${lasted(j.created, undefined)}` : j.ended ? `took ${lasted(j.created, j.ended)}` : '';
  return html`<small class="dim">${[j.who, at, long].filter(Boolean).join(', ')}</small>`;
}

/** @param {string} first @param {string} last @param {string} day That which the job's window says already. */
const between = (first, last, day) => `${date(first) === day ? clock(first) : stamp(first)} – ${date(first) === date(last) ? clock(last) : stamp(last)}`;

/** What a sensor that is asked now does. @param {SensorState} s */
function doing(s) {
  if (s.state === 'queued') return s.behind ? `behind job ${s.behind} on this sensor` : 'waits for its turn';
  if (s.state === 'connecting') return `no answer yet, ${lasted(s.started, undefined)}`;
  if (s.state !== 'streaming') return '';
  return [s.rate ? `${size(s.rate)}/s` : '', s.last ? `now at ${clock(s.last)}` : '', `for ${lasted(s.started, undefined)}`].filter(Boolean).join(', ');
}

/** What was not stored, and why; the note says it once the answer has ended. @param {SensorState} s */
const leftOut = (s) => [
  s.limit && !s.doubt?.includes('limit') ? `the limit of ${s.limit} was reached` : '',
  ...(s.note ? [s.note] : [
    s.rejected ? `${plural(s.rejected, 'packet')} outside the window left out` : '',
    s.cut ? `${plural(s.cut, 'packet')} that the rest of the filter leaves out` : '',
    s.again ? `${plural(s.again, 'packet')} stored before` : '',
  ]),
  s.copies ? `${plural(s.copies, 'packet')} that another sensor saw too` : '',
];

/** What there is to say of a sensor's answer. @param {SensorState} s @param {string} day */
function why(s, day) {
  const whole = s.verdict !== 'complete' ? '' : s.sensor === 'upload' ? 'all of the file' : 'complete as far as the sensor says';
  const rate = s.ended && s.rate && s.packets ? `${size(s.rate)}/s` : '';
  const spread = s.first && s.last && s.packets ? between(s.first, s.last, day) : '';
  return [s.error, doing(s), whole, s.verdict === 'complete' ? '' : s.doubt, ...leftOut(s), s.state === 'streaming' ? '' : spread, rate].filter(Boolean).join(' · ');
}

/** The day of a job's window, "" when it has several or none. @param {Job} j */
const dayOf = (j) => j.from && j.to && date(j.from) === date(j.to) ? date(j.from) : '';

/** @param {number|undefined} part @param {string} label */
const bar = (part, label) => part === undefined ? nothing : html`<div class="prog"><progress value=${Math.round(100 * part)} max="100" aria-label=${label}></progress><small>${Math.round(100 * part)} %</small></div>`;

/** @param {Job} j @param {SensorState} s */
const sensor = (j, s) => html`<tr class="sensor" data-sensor=${s.sensor} data-state=${s.state} data-verdict=${s.verdict || nothing}>
  <td></td><th scope="row">${named(s.sensor)}</th><td></td>
  <td colspan="2"><div class="why">${look(judged(s))}<span class="dim">${why(s, dayOf(j))}</span>${s.state === 'streaming' ? bar(reached(j, s), `${named(s.sensor)} of job ${j.id}`) : nothing}</div></td>
  <td class="num">${count(s.packets ?? 0)}</td><td class="num">${size(s.bytes ?? 0)}</td><td></td>
</tr>`;

/** How far two clocks lie apart. @param {Copies} c */
function clocks(c) {
  const ms = Math.abs(c.clock_ns) / 1e6;
  if (ms < 0.001) return 'their clocks agree';
  const [ahead, than] = c.clock_ns > 0 ? [c.b, c.a] : [c.a, c.b];
  return `the clock of ${named(ahead)} is ${span(ms)} ahead of that of ${named(than)}${c.within_ns > 0 ? `, give or take ${span(c.within_ns / 1e6)}` : ''}`;
}

/** @param {Copies} c */
const copies = (c) => html`<p data-copies=${c.packets}>${named(c.a)} and ${named(c.b)} both saw ${c.exact ? '' : 'about '}${plural(c.packets, 'packet')}; ${clocks(c)}.</p>`;

/** What the sensors were asked, told once where it is the same. @param {Job} j */
function asked(j) {
  /** @type {Map<string, SensorState[]>} */
  const groups = new Map();
  for (const s of j.sensors ?? []) {
    const key = JSON.stringify([s.sent ?? '', s.cut_here ?? []]);
    if (s.sent) groups.set(key, [...groups.get(key) ?? [], s]);
  }
  return [...groups.values()].map((g) => html`<p>Sent${groups.size > 1 ? ` to ${g.map((s) => named(s.sensor)).join(', ')}` : ''}: <span class="mono">${g[0].sent}</span>${g[0].cut_here?.length ? ` Cut here: ${g[0].cut_here.join(', ')}.` : ''}</p>`);
}

/** @param {Job} j */
function limits(j) {
  if (j.upload) return nothing;
  return html`<p>At most ${plural(j.max_packets ?? 0, 'packet')}, ${size(j.max_bytes ?? 0)}, ${span((j.max_seconds ?? 0) * 1000)} a sensor${j.snap ? `, ${plural(j.snap, 'byte')} of each packet` : ''}.</p>`;
}

/** @param {Job} j */
const more = (j) => html`<tr class="more"><td></td><td colspan="7"><div class="hint">${j.copies?.map(copies)}${asked(j)}${limits(j)}</div></td></tr>`;

/** @param {Job} j */
function buttons(j) {
  const again = !busy(j) && !j.upload && j.sensors?.some((s) => s.state === 'failed' || s.state === 'cancelled');
  return html`<div class="do">
    ${busy(j) ? html`<button class="small" data-do="cancel" aria-label="Cancel job ${j.id}" @click=${() => cancelJob(j.id)}>${icon('stop')}Cancel</button>` : nothing}
    ${again ? html`<button class="small" data-do="retry" aria-label="Retry the failed sensors of job ${j.id}" @click=${() => retryJob(j.id)}>${icon('retry')}Retry</button>` : nothing}
    ${j.copies?.length ? html`<a class="button small" data-do="folded" href=${href({ q: `src:${j.source} dedup:on` })} aria-label="Folded packets of job ${j.id}: what several sensors saw, once" title="What several sensors saw is shown once">${icon('copy')}Folded</a>` : nothing}
    ${j.packets ? html`<a class="button small" data-do="packets" href=${href({ q: `src:${j.source}` })} aria-label="Packets of job ${j.id}">${icon('search')}Packets</a>` : nothing}
  </div>`;
}

/** @param {Job} j */
function asks(j) {
  const w = windowOf(j.query);
  const range = (j.from || j.to) && words({ from: j.from ?? '', to: j.to ?? '' });
  const about = [range && [range.day, range.text].filter(Boolean).join(', '), j.reason].filter(Boolean).join(' · ');
  return html`<div class="mono" title=${j.query}>${j.upload ? `upload of ${j.upload}` : w?.base ?? j.query}</div>
    <small class="dim">${about}</small>${j.entry ? html` <small><a href=${href({ entry: j.entry })} aria-label="The line of job ${j.id}">the line</a></small>` : nothing}`;
}

/** @param {Job} j */
export function render(j) {
  const open = shown(j);
  return html`<tbody data-job=${j.id} data-state=${j.state} data-verdict=${j.verdict || nothing}>
    <tr class="job">
      <td><button class="turn" aria-expanded=${open ? 'true' : 'false'} aria-label="Sensors of job ${j.id}" @click=${() => turn(j)}>${icon(open ? 'down' : 'right')}</button><a class="plain" href=${href({ view: 'fleet', id: String(j.id) })}>${j.id}</a></td>
      <td class="asks">${asks(j)}</td>
      <td><a href=${href({ q: `src:${j.source}` })} class="mono">src:${j.source}</a>${j.name ? html`<br><small class="dim">${j.name}</small>` : nothing}</td>
      <td>${overall(j)}<br>${when(j)}</td>
      <td>${busy(j) ? bar(progress(j), `Job ${j.id}`) : nothing}</td>
      <td class="num"><b data-packets>${count(j.packets ?? 0)}</b></td><td class="num"><b>${size(j.bytes ?? 0)}</b></td>
      <td>${buttons(j)}</td>
    </tr>
    ${open ? html`${j.sensors?.map((s) => sensor(j, s))}${more(j)}` : nothing}
  </tbody>`;
}
