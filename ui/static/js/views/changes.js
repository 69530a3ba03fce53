// @ts-check
// The history of the actionables: who was changed when, from what to what, and undo.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { changes, more, turn, undo } from '../changes.js';
import { editor } from '../editor.js';
import { count, stamp } from '../format.js';
import { icon, state } from '../icons.js';
import { href } from '../route.js';
import { visible } from '../segments.js';

/** @import {Actionable, Change} from '../types.js' */

/** @type {Record<string, string>} */
const words = { create: 'made', change: 'changed', delete: 'deleted', order: 'put in another order', import: 'imported', undo: 'undone', upgrade: 'shipped with Spoor' };

/** @param {Change} c */
function what(c) {
  const items = c.items ?? [];
  const named = items.slice(0, 3).map((i, n) => html`${n ? ', ' : ''}${editor.all?.some((a) => a.id === i.id) ? html`<a href=${href({ view: 'actionables', id: i.id })}>${i.name || i.id}</a>` : html`<b>${i.name || i.id}</b>`}`);
  const others = c.count - Math.min(3, items.length);
  return html`<span>${named}${others > 0 ? ` and ${count(others)} more` : ''} ${c.what === 'undo' && c.undoes ? `as before change ${c.undoes}` : words[c.what] ?? c.what}</span>`;
}

/** The members that differ, as text. @param {Actionable|undefined} a @param {Actionable|undefined} b */
function differing(a, b) {
  const x = /** @type {Record<string, any>} */ (a ?? {});
  const y = /** @type {Record<string, any>} */ (b ?? {});
  const keys = [...new Set([...Object.keys(x), ...Object.keys(y)])].filter((k) => !['version', 'updated', 'id', 'shipped', 'original'].includes(k));
  const text = (/** @type {any} */ v) => v === undefined || v === '' || v === false ? '' : typeof v === 'string' ? v : JSON.stringify(v, null, 1).slice(0, 2000);
  return keys.map((k) => [k, text(x[k]), text(y[k])]).filter(([, from, to]) => from !== to);
}

/** @param {string} text */
const shown = (text) => text.split('\n').map((l, i) => i ? ['\n', visible(l)] : [visible(l)]);

/** @param {Change} c */
const whole = (c) => (c.changes ?? []).slice(0, 20).map(({ id, before, after }) => html`<div class="was">
  <h3>${after?.name ?? before?.name ?? id}${!before ? ' is new' : !after ? ' was deleted' : ''}</h3>
  ${before && after ? html`<dl>${differing(before, after).map(([k, from, to]) => html`<div><dt>${k.replace('_', ' ')}</dt><dd>${from ? html`<del>${shown(from)}</del>` : nothing}${to ? html`<ins>${shown(to)}</ins>` : nothing}</dd></div>`)}</dl>` : nothing}</div>`);

/** @param {Change} c */
const row = (c) => html`<li data-change=${c.n}>
  <div class="change">
    <button class="quiet small square" aria-expanded=${changes.open === c.n ? 'true' : 'false'} aria-label="What was changed" @click=${() => void turn(c.n)}>${icon(changes.open === c.n ? 'down' : 'right')}</button>
    <span class="dim num">${c.n}</span><time class="dim">${stamp(c.time)}</time>
    ${what(c)}<span class="grow"></span>
    ${c.undone ? html`<span class="badge">undone by ${c.undone}</span>` : html`<button class="small" data-do="undo" @click=${() => void undo(c.n)}>Undo</button>`}
  </div>
  ${changes.open === c.n ? changes.whole ? whole(changes.whole) : html`<p class="dim was">…</p>` : nothing}</li>`;

export function render() {
  const of = changes.of && (editor.all?.find((a) => a.id === changes.of)?.name ?? changes.of);
  return html`<header><h2>${of ? html`History of ${of}` : 'History'}</h2><span class="grow"></span>
      ${of ? html`<a class="button small" href=${href({ view: 'actionables', show: 'changes' })}>History of all</a>` : nothing}</header>
    <p class="dim">Each change can be undone as long as what it changed was not changed since. The last 1,000 are kept.</p>
    ${changes.error ? html`<p class="problem" id="history-problem" role="alert">${state('bad', 'bad', changes.error)}</p>` : nothing}
    <ol class="changes" id="changes">${(changes.list ?? []).map(row)}</ol>
    ${changes.list && !changes.list.length ? html`<p class="dim">Nothing was changed.</p>` : nothing}
    ${changes.next ? html`<button class="small" id="more-changes" @click=${() => void more()}>Earlier changes</button>` : nothing}`;
}
