// @ts-check
// What each action of the draft makes of the chosen match: the exact query, filter, address or text.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { update } from '../app.js';
import { editor } from '../editor.js';
import { stamp } from '../format.js';
import { icon, state } from '../icons.js';
import { visible } from '../segments.js';
import { trial } from '../trial.js';

/** @import {Draft} from '../editor.js' */
/** @import {Action, Expansion} from '../types.js' */
/** @import {Preview} from '../trial.js' */

/** @param {Expansion} x */
const range = (x) => x.from || x.to ? html`<small class="dim">${x.from ? stamp(x.from) : ''} – ${x.to ? stamp(x.to) : ''}</small>` : nothing;

/** @param {Expansion} x */
function where(x) {
  if (!x.leaves) return html`<small class="dim">${x.open === 'modal' ? 'in this page' : 'new tab'}</small>`;
  if (x.allowed === false) return html`<small class="no">${icon('stop')}${x.reason}</small>`;
  return html`<small class="dim">leaves for ${x.host}${x.kind === 'url' ? x.open === 'modal' ? ', in this page' : ', new tab' : ''}</small>`;
}

/** @param {Expansion} x */
function said(x) {
  if (x.kind === 'packets') return html`<code>${visible(x.filter ?? '')}</code>${x.sensors?.length ? html`<small class="dim">from ${x.sensors.join(', ')}</small>` : nothing}`;
  if (x.kind === 'url') return html`<code>${visible(x.url ?? '')}</code>${where(x)}`;
  if (x.kind === 'webhook') {
    return html`<code>${x.method} ${visible(x.url ?? '')}</code>${(x.headers ?? []).map((h) => html`<code>${h.name}: ${visible(h.value)}</code>`)}
      ${x.body ? html`<code>${x.body.split('\n').map((l, i) => i ? ['\n', visible(l)] : visible(l))}</code>` : nothing}${where(x)}`;
  }
  return html`<code>${visible(x.query ?? x.text ?? '')}</code>${range(x)}`;
}

/** @param {Preview|undefined} p */
function filled(p) {
  if (!p) return html`<span class="dim">…</span>`;
  if (p.error) return html`<span class="dim why-not">${state('idle', 'idle', html`<span>${p.error}</span>`)}</span>`;
  if (p.expansion?.offered === false) return html`<span class="dim">not offered here: its condition does not hold</span>`;
  return p.expansion ? said(p.expansion) : nothing;
}

/** @param {Action} a @param {number} i */
const row = (a, i) => a.kind === 'kept' || a.disabled ? nothing : html`<div data-preview=${i} class=${editor.chosen === i ? 'now' : ''}>
  <dt><button type="button" class="quiet small" @click=${() => { editor.chosen = i; update(); }}>${a.name || 'No name'}</button></dt><dd>${filled(trial.previews.get(i))}</dd></div>`;

/** @param {Draft} d */
export const render = (d) => html`<h3>Offered for <code>${visible(trial.chosen?.value ?? '')}</code></h3>
  <dl class="previews" id="previews">${d.actions.map(row)}</dl>
  ${d.actions.length > 32 ? html`<p class="facts dim">The first 32 are filled in.</p>` : nothing}`;
