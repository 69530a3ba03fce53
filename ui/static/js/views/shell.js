// @ts-check
// What stands round every view: top bar, banner, messages.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { clock, plural } from '../format.js';
import { icon, state } from '../icons.js';
import { busy, live } from '../live.js';
import { showDialog } from '../overlay.js';
import { href, route } from '../route.js';
import { session, tryNow } from '../session.js';
import { dismiss, toasts } from '../toasts.js';
import * as actionables from './actionables.js';
import * as captures from './captures.js';
import * as fleet from './fleet.js';
import * as help from './help.js';
import * as search from './search.js';
import * as signin from './signin.js';

/** @type {Record<string, {render: () => unknown}>} */
const views = { search, fleet, captures, actionables };

/** @type {[string, string][]} */
const places = [['search', 'Search'], ['fleet', 'Fleet'], ['captures', 'Captures'], ['actionables', 'Actionables']];

/** Where Search leads back to, from another view. */
let searched = '/';

function nav() {
  if (route.view === 'search') searched = href(route);
  return places.map(([view, name]) => html`<a href=${view === 'search' ? searched : href({ view })} aria-current=${route.view === view ? 'page' : nothing} data-nav=${view}>${name}</a>`);
}

function chip() {
  const jobs = live.jobs.filter(busy);
  if (!jobs.length) return nothing;
  const packets = jobs.reduce((n, j) => n + (j.packets ?? 0), 0);
  return html`<a class="button quiet small" id="jobs-chip" href=${href({ view: 'fleet' })}>${icon('busy')}${plural(jobs.length, 'job')}, ${plural(packets, 'packet')}</a>`;
}

const banner = () => html`<div class="notice" id="gone" role="alert">
  ${state('bad', 'bad', html`<b>No answer from Spoor since ${clock(session.gone)} UTC.</b>`)}
  <span>What you see is from before. ${session.wait > 0 ? `Next try in ${session.wait} s.` : 'Trying now.'}</span>
  <button class="small" @click=${tryNow}>Try now</button>
</div>`;

/** @param {import('../toasts.js').Toast} t */
const toast = (t) => html`<li data-toast=${t.kind}>
  ${state(t.kind, t.kind === 'ok' ? 'ok' : t.kind === 'warn' ? 'warn' : 'bad', nothing)}
  <span>${t.text} ${t.link ? html`<a href=${t.link.href} @click=${() => dismiss(t.id)}>${t.link.text}</a>` : nothing}</span>
  <button class="quiet small square" aria-label="Dismiss: ${t.text}" @click=${() => dismiss(t.id)}>${icon('close')}</button>
</li>`;

export function render() {
  if (session.locked) return signin.render();
  return html`<header class="top">
      <a class="brand" href="/">Spoor</a>
      <nav aria-label="Main">${nav()}</nav>
      ${chip()}
      <button class="quiet small" id="keys" @click=${() => showDialog(help.render, { id: 'help', labelledby: 'help-title' })}>Keys <kbd>?</kbd></button>
    </header>
    ${session.gone ? banner() : nothing}
    ${(views[route.view] ?? search).render()}
    <section aria-label="Messages"><ul class="toasts">${toasts.map(toast)}</ul></section>`;
}
