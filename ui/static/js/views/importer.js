// @ts-check
// The dialog of an import: what to read, what would come over, and what came.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { update } from '../app.js';
import { count, plural } from '../format.js';
import { icon, state } from '../icons.js';
import { choose, importing, paste, send, stored, take, undo } from '../importing.js';
import { closeDialog } from '../overlay.js';
import { href } from '../route.js';
import { choice, value } from './inputs.js';
import * as notes from './notes.js';

/** @import {Report} from '../types.js' */

/** @type {Record<string, string>} */
const formats = { spoor: 'Spoor', gravwell: 'Gravwell', soc: 'Security Onion SOC', arkime: 'Arkime', elastic: 'Elastic' };

/** @param {string} f */
export const formatName = (f) => formats[f] ?? f;

/** @param {DragEvent} e */
function over(e) {
  e.preventDefault();
  if (e.dataTransfer) e.dataTransfer.dropEffect = 'copy';
}

/** @param {DragEvent} e */
function dropped(e) {
  e.preventDefault();
  void take(e.dataTransfer?.files[0]);
}

/** @param {Event} e */
const chosen = (e) => void take(/** @type {HTMLInputElement} */ (e.target).files?.[0]);

const source = () => html`<div class="source" @dragover=${over} @drop=${dropped}>
  <div class="pair"><label class="button" for="import-file">Choose a file…</label><input type="file" id="import-file" class="sr" accept=".json,.meta,.yaml,.yml,.ini,.txt" @change=${chosen}>
    <span class="dim">${importing.name ? html`<b>${importing.name}</b>` : 'or drop it here, or paste its text:'}</span></div>
  ${importing.name ? nothing : html`<textarea id="import-text" class="mono" rows="4" aria-label="Text to import" spellcheck="false" placeholder="Spoor's or Gravwell's JSON, a .meta file, Security Onion's YAML, Arkime's value-actions, Elastic's URL templates" .value=${live(importing.text)} @input=${(/** @type {Event} */ e) => paste(value(e))}></textarea>`}
</div>`;

/** @type {Record<string, [string, 'ok'|'warn'|'bad'|'idle', string]>} */
const outcomes = {
  imported: ['ok', 'ok', 'comes over'], disabled: ['warn', 'warn', 'comes over, off'], replaced: ['ok', 'ok', 'replaces'], skipped: ['idle', 'idle', 'is there already'], failed: ['bad', 'bad', 'can\u2019t'],
};
/** @type {Record<string, string>} */
const past = { imported: 'imported', disabled: 'imported, off', replaced: 'replaced', skipped: 'was there already', failed: 'not imported' };

/** @param {NonNullable<Report['items']>[number]} i */
function item(i) {
  const [kind, shape, word] = outcomes[i.outcome] ?? ['idle', 'idle', i.outcome];
  const link = stored() && !importing.undone && i.id && i.outcome !== 'failed';
  return html`<li data-imported=${i.id ?? ''} data-outcome=${i.outcome}>
    <div>${link ? html`<a href=${href({ view: 'actionables', id: i.id })} @click=${closeDialog}><b>${i.name}</b></a>` : html`<b>${i.name}</b>`} ${state(kind, shape, stored() ? past[i.outcome] ?? word : word)}</div>
    ${notes.render(i.notes)}</li>`;
}

/** @param {NonNullable<Report['items']>[number]} i */
const needsLook = (i) => i.outcome === 'failed' || i.outcome === 'disabled' || (i.notes ?? []).some((n) => n.level !== 'info');

/** @param {number} not @param {number} of */
const missing = (not, of) => of === 1 ? 'It is not on the allow list' : not === of ? 'None of them is on the allow list' : not === 1 ? 'One of them is not on the allow list' : `${not} of them are not on the allow list`;

/** @param {Report} r */
function hosts(r) {
  const not = (r.hosts ?? []).filter((h) => !h.allowed).map((h) => h.host);
  if (!r.hosts?.length) return nothing;
  return html`<p id="import-hosts">${icon('out')} Values would go to ${r.hosts.map((h, i) => html`${i ? ', ' : ''}<code>${h.host}</code>`)}.
    ${not.length === 0 ? 'All are on the allow list.' : html`${missing(not.length, r.hosts.length)}: nothing leaves before that.
    ${stored() ? html`<a href=${href({ view: 'actionables', show: 'hosts', q: not.join(' ') })} @click=${closeDialog}>Allow them…</a>` : nothing}`}</p>`;
}

/** @param {Report} r */
function report(r) {
  const items = r.items ?? [];
  const look = items.filter(needsLook);
  const listed = importing.show === 'look' ? look : items;
  return html`<section id="import-report" aria-labelledby="report-head">
    <h3 id="report-head">${formatName(r.format)}: ${plural(r.found.actionables, 'actionable')}, ${plural(r.found.triggers, 'trigger')}, ${plural(r.found.actions, 'action')}</h3>
    <dl class="sums">
      <div><dt>${r.dry ? 'Would come over' : 'Imported'}</dt><dd data-sum="imported">${count(r.imported.actionables)} of ${plural(r.found.actionables, 'actionable')}, ${count(r.imported.triggers)} of ${plural(r.found.triggers, 'trigger')}, ${count(r.imported.actions)} of ${plural(r.found.actions, 'action')}</dd></div>
      ${r.kept ? html`<div><dt>Kept for export</dt><dd data-sum="kept">${plural(r.kept, 'action')} without a counterpart here</dd></div>` : nothing}
      ${r.disabled ? html`<div><dt>Off</dt><dd data-sum="disabled">${plural(r.disabled, 'actionable')} with nothing else in them</dd></div>` : nothing}
    </dl>
    ${hosts(r)}
    ${notes.render(r.notes)}
    <div class="pair"><span class="grow"></span>${look.length && look.length < items.length ? choice({ label: 'Which are listed', of: [['all', `All ${items.length}`], ['look', `${look.length} to look at`]], now: importing.show, choose: (v) => { importing.show = v; update(); } }) : nothing}</div>
    <ol class="report" tabindex="0" aria-label="What comes of each">${listed.map(item)}</ol>
  </section>`;
}

const existing = () => html`<div class="pair"><span class="dim">Those that are there already:</span> ${choice({ label: 'Those that are there already', of: [['skip', 'leave'], ['replace', 'replace'], ['copy', 'add again']], now: importing.existing, choose: (v) => void choose(v) })}</div>`;

function foot() {
  const r = importing.report;
  if (importing.undone) return html`<p class="grow">${state('ok', 'ok', 'Undone. Everything is as it was.')}</p><button class="primary" @click=${closeDialog}>Close</button>`;
  if (r && !r.dry) {
    return html`<p class="grow">${state('ok', 'ok', `${plural(r.imported.actionables, 'actionable')} imported.`)}</p>
      ${r.change ? html`<button id="undo-import" @click=${() => void undo()}>Undo this import</button>` : nothing}<button class="primary" id="import-close" @click=${closeDialog}>Close</button>`;
  }
  const n = r?.imported.actionables ?? 0;
  return html`<p class="grow dim">${importing.running ? 'Reading…' : r ? n ? 'Nothing is stored yet. An import is one change; it can be undone.' : 'Nothing would come over.' : 'Nothing is stored before you have seen what would come over.'}</p>
    <button @click=${closeDialog}>Cancel</button>
    ${n ? html`<button class="primary" id="import-now" @click=${() => void send(false)}>Import ${plural(n, 'actionable')}</button>` : nothing}`;
}

export const render = () => html`<div class="head"><h2 id="import-title">Import actionables</h2>
    <button class="quiet square" aria-label="Close" @click=${closeDialog}>${icon('close')}</button></div>
  <div class="body">
    ${stored() ? nothing : html`${source()}${existing()}`}
    ${importing.error ? html`<p class="problem" id="import-problem" role="alert">${state('bad', 'bad', importing.error)}</p>` : nothing}
    ${importing.report ? report(importing.report) : nothing}
  </div>
  <div class="foot">${foot()}</div>`;
