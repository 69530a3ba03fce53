// @ts-check
// What pipes made: a table, bars, or the chart of a timechart with its numbers.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { guard } from '../../vendor/lit-html/directives/guard.js';
import { chart, chartKey, colour, stacked, stepSays, summary } from '../chart.js';
import { count, plural, span } from '../format.js';
import { icon, state } from '../icons.js';
import { begin, draw, kinds, measure, pipes, pivot, rows, series, seriesName, shape, sortBy, written } from '../pipes.js';
import { search } from '../search.js';
import { drawn, slice, visible } from '../segments.js';

/** @import {Table, TableColumn, TableRow} from '../types.js' */

const mostBars = 50;

/** @param {TableRow} r @param {TableColumn} c @param {number} i */
function cell(r, c, i) {
  const s = r.segments?.[i];
  if (s) return drawn(s);
  const text = written(r.cells[i], c);
  return text ? visible(text) : html`<span class="dim">–</span>`;
}

/** Columns as wide as what is in them. @param {Table} t */
function widths(t) {
  const some = t.rows.slice(0, 200);
  const letters = t.columns.map((c, i) => Math.min(60, some.reduce((n, r) => Math.max(n, written(r.cells[i], c).length), c.name.length + 3)));
  const all = letters.map((n, i) => `calc(${n}ch + ${i ? 18 : 26}px)`);
  return `--cols: ${all.join(' ')} 48px minmax(0, 1fr); --wide: calc(${all.join(' + ')} + 48px)`;
}

/** @param {Table} t @param {TableColumn} c @param {number} i */
function head(t, c, i) {
  const sort = pipes.by === i ? (pipes.descending ? 'descending' : 'ascending') : 'none';
  return html`<th role="columnheader" scope="col" class=${c.type === 'number' ? 'num' : ''} aria-sort=${sort} data-column=${c.name}>
    <button class="name" title=${c.other ? `${plural(c.other, 'value')} together` : nothing} @click=${() => sortBy(t, i)}>${visible(c.name)}${sort === 'none' ? nothing : icon(pipes.descending ? 'down' : 'up')}</button></th>`;
}

/** @param {Table} t @param {TableRow} r @param {number} n @param {boolean} current */
function row(t, r, n, current) {
  const to = pivot(t, r);
  const name = r.cells.filter((_, i) => t.columns[i].role !== 'agg' && t.columns[i].role !== 'series').map(String).join(', ');
  return html`<tr role="row" data-row=${n} tabindex=${current ? 0 : -1} aria-current=${current ? 'true' : nothing}>
    ${t.columns.map((c, i) => {
    const link = c.role === 'series' && r.cells[i] ? pivot(t, r, c) : '';
    return html`<td role="cell" class=${c.type === 'number' ? 'num' : ''} data-field=${c.field || nothing}>${link ? html`<a href=${link}>${cell(r, c, i)}</a>` : cell(r, c, i)}</td>`;
  })}
    <td role="cell" class="go">${to ? html`<a class="button quiet small square" data-pivot href=${to} tabindex="-1" aria-label=${r.id ? 'The line' : `Lines behind ${name || 'this row'}`} title=${r.id ? 'The line' : 'Lines behind it'}>${icon('lines')}</a>` : nothing}</td>
  </tr>`;
}

/** @param {Table} t */
const table = (t) => html`<section class="pane grid stats" id="results" aria-label="Results as a table">
  <table role="table" class=${search.stale ? 'stale' : ''} aria-label="Results" .style=${widths(t)}>
    <thead role="rowgroup"><tr role="row">${t.columns.map((c, i) => head(t, c, i))}<th role="columnheader" scope="col"><span class="sr">Lines</span></th></tr></thead>
    <tbody role="rowgroup">${rows(t).map((r, n) => guard([r, n === pipes.row, t], () => row(t, r, n, n === pipes.row)))}</tbody>
  </table>
  ${t.rows.length ? nothing : html`<p class="say dim">No rows${t.without ? `: ${plural(t.without, 'result')} lack a field that is grouped by` : ''}.</p>`}
  ${t.cut ? html`<p class="say dim">The first ${count(t.rows.length)} of ${plural(t.total_rows, 'row')}. Export has all of them; <code>| head</code>, <code>| sort</code> or a narrower search choose others.</p>` : nothing}
</section>`;

/** What else must be known of the numbers. @param {Table} t */
function notes(t) {
  const all = [...t.notes ?? []];
  if (t.without && t.rows.length) all.unshift(`${plural(t.without, 'result')} without such a field ${t.without === 1 ? 'is' : 'are'} not in it`);
  return all.length ? html`<ul class="notes">${all.map((n) => html`<li>${state('warn', 'warn', n)}</li>`)}</ul>` : nothing;
}

/** @param {string} label @param {[string, string, boolean, () => void][]} all hook, name, pressed, does */
const choice = (label, all) => html`<div class="choice" role="group" aria-label=${label}>${all.map(([hook, name, on, does]) => html`<button data-draw=${hook} aria-pressed=${on ? 'true' : 'false'} @click=${does}>${name}</button>`)}</div>`;

/** What is drawn, where several things were counted. @param {Table} t */
const measured = (t) => kinds(t).length < 2 ? nothing : choice('Drawn', kinds(t).map((k) => [k, k, k === measure(t), () => draw({ measure: k })]));

/** The bars of a table: its largest rows, each with the lines behind it. @param {Table} t */
function bars(t) {
  const m = series(t)[0];
  const all = rows(t);
  const shown = (pipes.by < 0 ? all.toSorted((a, b) => Number(b.cells[m] ?? -Infinity) - Number(a.cells[m] ?? -Infinity)) : all).slice(0, mostBars);
  const most = Math.max(...shown.map((r) => Number(r.cells[m] ?? 0)), 0);
  const names = t.columns.flatMap((c, i) => c.role === 'agg' || c.role === 'series' ? [] : [i]);
  const sentence = shown.slice(0, 3).map((r) => `${names.map((i) => written(r.cells[i], t.columns[i])).join(', ')} ${written(r.cells[m], t.columns[m])}`).join('; ');
  return html`<figure class="pane bars-of ${search.stale ? 'stale' : ''}" id="results" aria-label="${t.columns[m].name} as bars. ${sentence}">
    <figcaption><b>${t.columns[m].name}</b>${names.length ? html`<span class="dim"> by ${names.map((i) => t.columns[i].name).join(', ')}</span>` : nothing}<span class="grow"></span>
      ${measured(t)}</figcaption>
    <ol>${shown.map((r, n) => {
    const to = pivot(t, r);
    const v = Number(r.cells[m] ?? 0);
    return html`<li data-row=${n} tabindex=${n === pipes.row ? 0 : -1}>
      <span class="label mono">${names.length ? names.map((i, k) => html`${k ? ' · ' : nothing}<span data-field=${t.columns[i].field || nothing}>${cell(r, t.columns[i], i)}</span>`) : 'all'}</span>
      <svg class="bar" aria-hidden="true"><rect width="${most > 0 && v > 0 ? 100 * v / most : 0}%" height="100%"/></svg>
      <span class="num">${written(r.cells[m], t.columns[m])}</span>
      ${to ? html`<a class="button quiet small square" data-pivot href=${to} aria-label="Lines behind it">${icon('lines')}</a>` : nothing}
    </li>`;
  })}</ol>
    ${t.rows.length > mostBars ? html`<p class="say dim">The largest ${mostBars} of ${plural(t.rows.length, 'row')}; the table has all.</p>` : nothing}
  </figure>`;
}

/** The series with their colours: what is drawn, and what it comes to. @param {Table} t */
function legend(t) {
  const all = series(t);
  const add = all.every((i) => !t.columns[i].func || /^(count|sum)$/.test(t.columns[i].func ?? ''));
  const numbers = (/** @type {number} */ i) => t.rows.map((r) => r.cells[i]).filter((v) => typeof v === 'number');
  return html`<div class="series"><table aria-label="Series">
    <thead><tr><th scope="col">Series</th>${add ? html`<th scope="col" class="num">in all</th>` : nothing}<th scope="col" class="num">largest</th></tr></thead>
    <tbody>${all.map((i, k) => {
    const c = t.columns[i];
    const v = numbers(i);
    const off = pipes.hidden.has(i);
    const toggle = () => draw({ hidden: new Set(off ? [...pipes.hidden].filter((x) => x !== i) : [...pipes.hidden, i]) });
    return html`<tr class=${off ? 'off' : ''}><th scope="row" data-field=${c.field || nothing}><button class="key ${colour(k, Boolean(c.other))}" data-series=${c.name} aria-pressed=${off ? 'false' : 'true'} aria-label="${off ? 'Draw' : 'Do not draw'} ${seriesName(t, c)}" @click=${toggle}><svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" rx="1"/></svg></button>
      ${drawn(slice(c.segments ?? [{ t: c.name }], 0, seriesName(t, c).length))}${c.other ? html` <span class="dim">${plural(c.other, 'value')}</span>` : nothing}</th>
      ${add ? html`<td class="num">${count(v.reduce((n, x) => n + x, 0))}</td>` : nothing}<td class="num">${v.length ? written(Math.max(...v), c) : html`<span class="dim">–</span>`}</td></tr>`;
  })}</tbody></table></div>`;
}

/** @param {Table} t */
function timechart(t) {
  const at = pipes.at;
  const all = series(t);
  const step = t.rows[at];
  return html`<div class="result"><figure class="histogram ${search.stale ? 'stale' : ''}">
    <figcaption><span><b>${measure(t)}</b> <span class="dim">${all.length > 1 ? `${count(all.length)} series ` : nothing}per ${span((t.span_ns ?? 0) / 1e6)}</span></span>
      <span class="step dim" id="step">${step ? html`${stepSays(t, at)} <a href=${pivot(t, step)}>lines</a>` : 'Drag to zoom in'}</span><span class="grow"></span>
      ${measured(t)}
      ${choice('Drawn as', [['bars', 'Bars', pipes.kind === 'bars', () => draw({ kind: 'bars' })], ['lines', 'Lines', pipes.kind === 'lines', () => draw({ kind: 'lines' })]])}
      ${choice('Scale', [['linear', 'Linear', !pipes.log, () => draw({ log: false })], ['log', 'Log', pipes.log, () => draw({ log: true })]])}</figcaption>
    ${chart.error ? html`<p>${state('bad', 'bad', `The chart cannot be drawn: ${chart.error}`)}</p>` : nothing}
    <div id="plot" role="slider" tabindex="0" aria-label="${summary(t)}. Arrows walk the steps, Enter opens the lines of one." aria-valuemin="0" aria-valuemax=${Math.max(0, t.rows.length - 1)} aria-valuenow=${Math.max(0, at)} aria-valuetext=${stepSays(t, Math.max(0, at))} @keydown=${chartKey}></div>
    ${pipes.kind === 'bars' && !stacked(t) ? html`<p class="dim">Several series on a logarithmic scale are drawn as lines: stacked bars would not add up.</p>` : nothing}
  </figure>${legend(t)}</div>${table(t)}`;
}

/** @param {Table} t */
export function render(t) {
  begin(t);
  const how = shape(t);
  return html`${notes(t)}${how === 'table' ? table(t) : t.kind === 'timechart' ? timechart(t) : bars(t)}`;
}
