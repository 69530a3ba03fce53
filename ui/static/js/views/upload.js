// @ts-check
// Uploading capture files: what is said of them, and how far each is.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { repeat } from '../../vendor/lit-html/directives/repeat.js';
import { update } from '../app.js';
import { count, plural, size } from '../format.js';
import { icon, state } from '../icons.js';
import { href } from '../route.js';
import { add, cancel, forget, underWay, uploads } from '../upload.js';

/** @import {Sending} from '../upload.js' */

/** @param {Event} e */
function chosen(e) {
  const input = /** @type {HTMLInputElement} */ (e.target);
  add([...input.files ?? []]);
  input.value = ''; // the same file may be chosen again
}

/** @param {'title'|'reason'|'who'|'source'} name @param {string} label @param {string} placeholder */
const text = (name, label, placeholder) => html`<label>${label} <input id="upload-${name}" name=${name} autocomplete="off" placeholder=${placeholder} .value=${live(uploads[name])}
  @input=${(/** @type {Event} */ e) => { uploads[name] = /** @type {HTMLInputElement} */ (e.target).value; uploads.sourceError = ''; update(); }}></label>`;

/** What is said of one. @param {Sending} s */
function said(s) {
  if (s.state === 'waits') return state('idle', 'idle', 'waits for the one before');
  if (s.state === 'sends') return state('busy', 'busy', `${size(s.sent)} of ${size(s.file.size)} sent`);
  if (s.state === 'reads') return state('busy', 'busy', 'sent; the last packets are being stored');
  if (s.state === 'cancelled') return state('idle', 'stop', 'cancelled');
  const got = s.job?.packets ? html` <a href=${href({ q: `src:${s.job.source}` })}>src:${s.job.source}</a>, ${plural(s.job.packets, 'packet')}` : nothing;
  return html`${s.state === 'done' ? state('ok', 'ok', 'stored') : state('bad', 'bad', 'failed')}${got}${s.error ? html` <span>${s.error}</span>` : nothing}`;
}

/** @param {Sending} s */
const row = (s) => html`<li data-upload=${s.file.name} data-state=${s.state}>
  <b class="mono">${s.file.name}</b> <span class="dim">${size(s.file.size)}</span>
  <span class="grow">${said(s)}</span>
  ${underWay(s) ? html`<progress value=${s.sent} max=${Math.max(1, s.file.size)} aria-label="${s.file.name}, sent"></progress>
    <button class="small" data-do="cancel" aria-label="Cancel ${s.file.name}" @click=${() => cancel(s)}>${icon('stop')}Cancel</button>`
    : html`<button class="quiet small square" aria-label="Dismiss ${s.file.name}" @click=${() => forget(s)}>${icon('close')}</button>`}
</li>`;

export const render = () => html`<section class="upload ${uploads.over ? 'over' : ''}" id="upload" aria-labelledby="upload-head">
  <header><h2 id="upload-head">Upload captures</h2><span class="dim">pcap or pcapng, packed by gzip, zstd or lz4 or not; or drop them anywhere here.</span></header>
  <div class="pair said-with">
    ${text('title', 'Name', 'the file’s')}${text('reason', 'Reason', 'Kept with the job')}${text('who', 'Who', '')}${text('source', 'Source', 'a free one')}
    <label class="button primary" for="upload-files">${icon('plus')}Choose files…<input type="file" id="upload-files" class="sr" multiple @change=${chosen}></label>
  </div>
  ${uploads.sourceError ? html`<p class="problem" role="alert">${state('bad', 'bad', uploads.sourceError)}</p>` : nothing}
  ${uploads.all.length ? html`<ul class="uploads" aria-label=${`${count(uploads.all.length)} files`}>${repeat(uploads.all, (/** @type {Sending} */ s) => s.n, row)}</ul>` : nothing}
</section>`;
