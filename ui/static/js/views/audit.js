// @ts-check
// What has left for other hosts, and what was refused.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { egress, more } from '../egress.js';
import { stamp, took } from '../format.js';
import { state } from '../icons.js';
import { href } from '../route.js';
import { visible } from '../segments.js';

/** @import {Left} from '../types.js' */

/** @type {Record<string, [string, 'ok'|'warn'|'bad'|'stop'|'busy']>} */
const shapes = { opened: ['ok', 'ok'], sent: ['ok', 'ok'], sending: ['busy', 'busy'], refused: ['warn', 'stop'], failed: ['bad', 'bad'] };

/** @param {Left} l */
const row = (l) => html`<tr data-left=${l.n} data-outcome=${l.outcome}>
  <td><time class="dim">${stamp(l.time)}</time></td>
  <td>${state(...shapes[l.outcome] ?? ['idle', 'ok'], l.outcome)}${l.status ? html` <span class="dim">${l.status}</span>` : nothing}</td>
  <td><code>${visible(l.value)}</code>${l.entry ? html` <a href=${href({ view: 'search', entry: l.entry })}>line</a>` : nothing}</td>
  <td><a href=${href({ view: 'actionables', id: l.actionable })}>${l.action}</a></td>
  <td class="where"><b>${l.host}</b> <code class="dim">${visible(l.url)}</code>${l.reason ? html`<small class="dim">${l.reason}</small>` : nothing}${l.took_ms ? html` <small class="dim">${took(l.took_ms)}</small>` : nothing}</td></tr>`;

export const render = () => html`<header><h2>What has left</h2></header>
  <p class="dim">Every action that took a value to another host, or was refused. The newest 10,000 are kept.</p>
  ${egress.leftError ? html`<p class="problem" role="alert">${state('bad', 'bad', egress.leftError)}</p>` : nothing}
  ${egress.left?.length ? html`<div class="scroll" tabindex="0" role="group" aria-label="What has left"><table id="audit"><thead><tr><th>When</th><th>What</th><th>Value</th><th>Action</th><th>Where to</th></tr></thead><tbody>${egress.left.map(row)}</tbody></table></div>`
    : egress.left ? html`<p id="nothing-left">Nothing has left.</p>` : nothing}
  ${egress.next ? html`<button class="small" id="more-left" @click=${() => void more()}>Earlier</button>` : nothing}`;
