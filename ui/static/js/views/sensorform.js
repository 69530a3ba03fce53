// @ts-check
// The form of a sensor, in a dialog.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { size } from '../format.js';
import { icon, state } from '../icons.js';
import { closeDialog, showDialog } from '../overlay.js';
import { chooseFile, draft, edit, give, kind, kinds, remove, reread, save, tryIt } from '../sensors.js';

/** @param {Event} e */
const value = (e) => /** @type {HTMLInputElement} */ (e.target).value;

/** @typedef {keyof typeof draft.form} Field */

/** @type {Partial<Record<Field, [string, string, string]>>} label, placeholder, hint */
const texts = {
  tag: ['Tag of its packets', 'packet', ''],
  pin: ['Pin', 'SHA-256 of the server’s certificate', 'Needed for the certificates of stenokeys: they have no names.'],
  servername: ['Name in its certificate', 'the host of the address', ''],
  fileage: ['Age of its files', '60s', 'When its --fileage_sec is another.'],
  queries: ['Asked at once', '1', ''],
  interface: ['Interface', 'any', ''],
};

/** @param {string} field */
const bad = (field) => draft.field === field && draft.error ? html`<p class="problem" id="sensor-problem" role="alert">${state('bad', 'bad', nothing)} <span>${draft.error}</span></p>` : nothing;

/** @param {Field} name @param {string} label @param {string} placeholder @param {string} [hint] */
const field = (name, label, placeholder, hint) => html`<label for="sensor-${name}">${label}</label>
  <div><input id="sensor-${name}" name=${name} autocomplete="off" spellcheck="false" placeholder=${placeholder} aria-invalid=${draft.field === name ? 'true' : 'false'} .value=${live(draft.form[name])} @input=${(/** @type {Event} */ e) => edit(name, value(e))}>
    ${hint ? html`<p class="hint">${hint}</p>` : nothing}${bad(name)}</div>`;

/** @param {string} name */
function given(name) {
  const f = draft.files[name];
  if (f) return html`${state('ok', 'ok', f.label ? size(f.text.length) : 'as written')}`;
  return draft.has.includes(name) ? html`<span class="dim">stored; another one replaces it</span>` : nothing;
}

/** @param {[string, string]} f */
const file = ([name, label]) => html`<label for="sensor-${name}">${label}</label>
  <div><div class="pair"><input type="file" id="sensor-${name}" name=${name} aria-invalid=${draft.field === name ? 'true' : 'false'} @change=${(/** @type {Event} */ e) => chooseFile(name, /** @type {HTMLInputElement} */ (e.target).files?.[0])}>${given(name)}</div>
    ${name === 'knownhosts' ? html`<textarea id="text-knownhosts" class="mono" rows="2" spellcheck="false" aria-label="Known hosts, written" placeholder="10.1.0.20 ssh-ed25519 AAAA…" .value=${live(draft.files.knownhosts?.text ?? '')} @input=${(/** @type {Event} */ e) => give('knownhosts', value(e))}></textarea>` : nothing}
    ${bad(name)}</div>`;

const folder = () => html`<span></span><div class="say" id="folder-says"><p>Folders are named in the configuration file only: a page must not make the server read what it likes.</p>
  <pre>sensor:
  - name: Evidence
    kind: folder
    dir: /srv/captures</pre>
  <p>To bring in a single capture, upload it under Captures.</p></div>`;

function choice() {
  return html`<label for="sensor-kind">Kind</label>
    <div><select id="sensor-kind" @change=${(/** @type {Event} */ e) => edit('kind', value(e))}>${kinds.map((k) => html`<option value=${k.kind} ?selected=${k.kind === draft.form.kind}>${k.name}</option>`)}</select>
      ${kind().about ? html`<p class="hint">${kind().about}</p>` : nothing}${bad('kind')}</div>`;
}

/** What a test said, or what stands in the way of saving. */
function foot() {
  const { tested: t } = draft;
  if (draft.testing) return html`<span class="state busy">${icon('busy')}Asking it…</span>`;
  if (t) return html`<span id="tried" data-ok=${t.ok}>${t.ok ? state('ok', 'ok', nothing) : state('bad', 'bad', nothing)} ${t.message}</span>`;
  const fields = ['name', 'url', 'kind', ...kind().fields, ...kind().files.map(([f]) => f)];
  if (!draft.error || fields.includes(draft.field)) return nothing;
  return html`<span id="sensor-problem">${state('bad', 'bad', nothing)} ${draft.error}</span> ${draft.conflict ? html`<button type="button" class="small" @click=${reread}>Take the stored one</button>` : nothing}`;
}

const confirm = () => html`<div class="head"><h2 id="confirm-title">Delete ${draft.form.name}?</h2></div>
  <p class="say">Jobs that wait for it fail; its certificates and keys are removed. Packets that it brought stay.</p>
  <div class="foot"><span class="grow"></span>
    <button autofocus @click=${closeDialog}>Keep it</button>
    <button class="danger" id="confirm-delete-sensor" @click=${remove}>Delete ${draft.form.name}</button></div>`;

export function render() {
  const k = kind();
  const is = k.kind !== 'folder';
  return html`<form @submit=${(/** @type {Event} */ e) => { e.preventDefault(); if (is) void save(); }}
    @keydown=${(/** @type {KeyboardEvent} */ e) => { if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && is) { e.preventDefault(); void save(); } }}>
    <div class="head">
      <h2 id="sensor-title">${draft.id ? `Sensor ${draft.id}` : 'Add a sensor'}</h2>
      <button type="button" class="quiet square" aria-label="Close" @click=${closeDialog}>${icon('close')}</button>
    </div>
    <div class="form-lines">
      ${choice()}
      ${is ? html`
        <label for="sensor-name">Name</label>
        <div><input id="sensor-name" name="name" autocomplete="off" autofocus placeholder="Region 1" aria-invalid=${draft.field === 'name' ? 'true' : 'false'} .value=${live(draft.form.name)} @input=${(/** @type {Event} */ e) => edit('name', value(e))}>${bad('name')}</div>
        ${field('url', 'Address', k.url)}
        ${k.files.map(file)}
        ${k.fields.map((f) => field(f, ...(texts[f] ?? /** @type {[string, string, string]} */ ([f, '', '']))))}` : folder()}
    </div>
    <div class="foot">
      ${draft.id ? html`<button type="button" class="quiet" id="delete-sensor" @click=${() => showDialog(confirm, { id: 'confirm', labelledby: 'confirm-title' })}>Delete…</button>` : nothing}
      <p role="status">${foot()}</p>
      <button type="button" @click=${closeDialog}>Cancel <kbd>Esc</kbd></button>
      ${is ? html`<button type="button" id="try-sensor" aria-disabled=${draft.testing ? 'true' : 'false'} @click=${tryIt}>Test</button>
      <button class="primary" id="save-sensor">${draft.saving ? 'Saving…' : draft.id ? 'Save' : 'Add it'} <kbd>Ctrl ↵</kbd></button>` : nothing}
    </div>
  </form>`;
}
