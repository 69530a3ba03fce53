// @ts-check
// The drawing of a timechart: uPlot on a canvas, in the colours of the theme.

import { update } from './app.js';
import { count, plural, span, stamp } from './format.js';
import { measure, pipes, pivot, series, seriesName, shape } from './pipes.js';
import { go, route } from './route.js';
import { tick } from './scale.js';
import { ask, search } from './search.js';

/** @import {Table} from './types.js' */
/** @import uPlot from 'uplot' */

export const colours = 8; // --c1 to --c8 of tokens.css
const tall = 220; // px

export const chart = {
  error: '',
};

/** @type {uPlot|null} */
let plot = null;
/** @type {unknown[]} */
let drawnFor = [];
/** Counts the themes. */
let theme = 0;

/** The class of a series' colour. @param {number} k Its number among the series. @param {boolean} other All the rest in one. */
export const colour = (k, other) => other || k >= colours ? 'c-other' : `c${k + 1}`;

/** @type {Promise<typeof uPlot>|null} */
let library = null;

// Only who draws a chart loads the library.
const load = () => library ??= import('../vendor/uplot/dist/uPlot.esm.js').then((m) => /** @type {any} */ (m).default);

/** Called after every drawing: the canvas follows the table, its width and the theme. */
export function sync() {
  const el = document.getElementById('plot');
  const t = search.result?.table;
  if (!el || !t || shape(t) !== 'chart') {
    plot?.destroy();
    plot = null;
    drawnFor = [];
    return;
  }
  const now = [el, t, el.clientWidth, theme, route.tz, stacked(t), pipes.log, measure(t), [...pipes.hidden].join()];
  if (now.length === drawnFor.length && now.every((x, i) => x === drawnFor[i])) return;
  drawnFor = now;
  void build(el, t);
}

/** Whether series stand on one another: bars do, lines and logarithms cannot. @param {Table} t */
export const stacked = (t) => pipes.kind === 'bars' && !(pipes.log && series(t).length > 1);

/** @param {HTMLElement} el @param {Table} t */
async function build(el, t) {
  const at = drawnFor;
  try {
    const U = await load();
    if (drawnFor !== at) return; // something newer is drawn
    plot?.destroy();
    plot = new U(options(U, el, t), /** @type {uPlot.AlignedData} */ (data(t)), el);
    chart.error = '';
  } catch (e) {
    plot = null;
    chart.error = e instanceof Error ? e.message : String(e);
    update();
  }
}

/** The series that are not switched off. @param {Table} t */
const visible = (t) => series(t).filter((i) => !pipes.hidden.has(i));

/** Times in seconds, and the numbers of each series; stacked ones from the highest sum down. @param {Table} t */
function data(t) {
  const xs = t.rows.map((r) => Date.parse(/** @type {string} */ (r.cells[0])) / 1000);
  const number = (/** @type {unknown} */ v) => typeof v === 'number' && !(pipes.log && v <= 0) ? v : null;
  const own = visible(t).map((i) => t.rows.map((r) => number(r.cells[i])));
  if (!stacked(t)) return [xs, ...own];
  const sums = own.map((_, k) => xs.map((__, x) => own.slice(0, k + 1).reduce((n, s) => n + (s[x] ?? 0), 0) || null));
  return [xs, ...sums.toReversed()];
}

/** A colour of the theme, as the canvas needs it: worked out. @param {HTMLElement} el @param {string} name */
function resolved(el, name) {
  const probe = document.createElement('span');
  probe.className = name;
  el.append(probe);
  const c = getComputedStyle(probe).color;
  probe.remove();
  return c;
}

const short = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** @param {typeof uPlot} U @param {HTMLElement} el @param {Table} t @returns {uPlot.Options} */
function options(U, el, t) {
  const [line, dim] = [resolved(el, 'c-line'), resolved(el, 'c-dim')];
  const font = `11px ${getComputedStyle(el).fontFamily}`;
  const bars = pipes.kind === 'bars' && U.paths.bars?.({ size: [0.8, 80, 1], align: 1 });
  const all = visible(t).map((i) => {
    const c = resolved(el, colour(series(t).indexOf(i), Boolean(t.columns[i].other)));
    const filled = bars && stacked(t);
    return { stroke: c, width: filled ? 0 : 1.5, spanGaps: false, points: { show: !filled && t.rows.length < 60, size: 4 }, ...filled ? { fill: c, paths: bars } : {} };
  });
  const axis = { stroke: dim, font, ticks: { show: false }, grid: { stroke: line, width: 1, dash: [2, 4] } };
  return {
    width: el.clientWidth,
    height: tall,
    padding: [8, 24, 0, 0],
    legend: { show: false },
    tzDate: (s) => route.tz === 'local' ? new Date(s * 1000) : U.tzDate(new Date(s * 1000), 'Etc/UTC'),
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { show: !stacked(t) } },
    scales: {
      x: { range: (_, min, max) => [min, max + (t.span_ns ?? 0) / 1e9] },
      y: pipes.log ? { distr: 3 } : { range: (_, min, max) => [Math.min(0, min ?? 0), (max ?? 0) > 0 ? max * 1.05 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, values: (_, at, __, ___, step) => at.map((s) => tick(s * 1000, step * 1000)) },
      { ...axis, size: 52, values: (_, at) => at.map((v) => v === null ? '' : short.format(v)) },
    ],
    series: [{}, ...stacked(t) ? all.toReversed() : all],
    hooks: {
      setCursor: [(u) => hover(u.cursor.idx ?? -1, (u.cursor.left ?? -1) >= 0)],
      setSelect: [(u) => zoom(u.posToVal(u.select.left, 'x'), u.posToVal(u.select.left + u.select.width, 'x'), u.select.width)],
    },
  };
}

/** @param {number} i @param {boolean} inside */
function hover(i, inside) {
  const at = inside ? i : -1;
  // Whoever walks by keys keeps the step when the pointer is elsewhere.
  if (pipes.at === at || !inside && document.activeElement?.id === 'plot') return;
  pipes.at = at;
  update();
}

/** Searches in the steps between two times. @param {number} a @param {number} b @param {number} width px */
function zoom(a, b, width) {
  const t = pipes.of;
  if (width < 4 || !t) return;
  const step = (t.span_ns ?? 1e9) / 1e9;
  const starts = t.rows.map((r) => Date.parse(/** @type {string} */ (r.cells[0])) / 1000);
  const inside = starts.filter((s) => s + step > a && s < b);
  if (!inside.length) return;
  const rfc = (/** @type {number} */ s) => new Date(s * 1000).toISOString().replace('.000Z', 'Z');
  ask(route.q, { from: rfc(inside[0]), to: rfc(inside[inside.length - 1] + step) });
}

/** Arrows walk the steps, Enter opens the lines of one. @param {KeyboardEvent} e */
export function chartKey(e) {
  const t = pipes.of;
  if (!t || e.ctrlKey || e.metaKey || e.altKey) return;
  const n = t.rows.length;
  const by = { ArrowRight: 1, ArrowLeft: -1, PageUp: -10, PageDown: 10 }[e.key];
  if (by) pipes.at = Math.max(0, Math.min(n - 1, pipes.at < 0 ? (by > 0 ? 0 : n - 1) : pipes.at + by));
  else if (e.key === 'Home') pipes.at = 0;
  else if (e.key === 'End') pipes.at = n - 1;
  else if (e.key === 'Enter' && pipes.at >= 0) go(pivot(t, t.rows[pipes.at]));
  else return;
  e.preventDefault();
  e.stopPropagation();
  const x = plot?.valToPos(Date.parse(/** @type {string} */ (t.rows[pipes.at]?.cells[0])) / 1000, 'x');
  if (plot && x !== undefined) plot.setCursor({ left: x, top: 0 }, false);
  update();
}

/** One step in words: the time, and what is highest in it. @param {Table} t @param {number} i */
export function stepSays(t, i) {
  const r = t.rows[i];
  if (!r) return '';
  const found = series(t).map((c) => ({ name: seriesName(t, t.columns[c]), v: r.cells[c] })).filter((x) => typeof x.v === 'number' && x.v !== 0);
  found.sort((a, b) => Number(b.v) - Number(a.v));
  const most = found.slice(0, 4).map((x) => `${x.name} ${count(Number(x.v))}`).join(', ');
  return `${stamp(String(r.cells[0]))}: ${most || 'nothing'}${found.length > 4 ? ` and ${found.length - 4} more` : ''}`;
}

/** The chart in a sentence, for who does not see it. @param {Table} t */
export function summary(t) {
  const all = series(t).map((i) => {
    let top = -1;
    t.rows.forEach((r, k) => { if (typeof r.cells[i] === 'number' && (top < 0 || r.cells[i] > Number(t.rows[top].cells[i]))) top = k; });
    return top < 0 ? '' : `${seriesName(t, t.columns[i])}: at most ${count(Number(t.rows[top].cells[i]))} at ${stamp(String(t.rows[top].cells[0]))}`;
  });
  return `${measure(t)}: ${plural(series(t).length, 'series', 'series')} of ${plural(t.rows.length, 'step')} of ${span((t.span_ns ?? 0) / 1e6)}. ${all.filter(Boolean).slice(0, 5).join('. ')}`;
}

/** Reads the colours again when they change. */
export function start() {
  const again = () => {
    theme++;
    update();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
  new MutationObserver(again).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  addEventListener('resize', () => { if (plot) update(); });
}

