// @ts-check
// A page of another host in a sandboxed frame, and what a webhook answered.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { count } from '../format.js';
import { brought, frame, toTab } from '../frame.js';
import { icon } from '../icons.js';
import { closeDialog } from '../overlay.js';
import { visible } from '../segments.js';

export const render = () => html`<div class="head">
    <h2 id="frame-title">${frame.title}</h2>
    <span class="origin mono" title="What is in the frame comes from this host">${icon('out')}${frame.origin}</span>
    <button class="quiet" id="frame-tab" @click=${toTab}>Open in a tab</button>
    <button class="quiet square" aria-label="Close" autofocus @click=${closeDialog}>${icon('close')}</button>
  </div>
  <iframe title="${frame.title}, a page of ${frame.origin}" src=${frame.url} sandbox="allow-scripts allow-same-origin allow-forms" referrerpolicy="no-referrer" allow=""></iframe>`;

/** Text of JSON with its lines, else as it is. @param {string} body @param {string} type */
function laidOut(body, type) {
  if (!/json/i.test(type)) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body; // not what it says it is
  }
}

export function answer() {
  const { title, from, answer: a } = brought;
  const lines = laidOut(a.body ?? '', a.type ?? '').split(/\r?\n/).map(visible).join('\n');
  return html`<div class="head">
      <h2 id="answer-title">${title}</h2>
      <button class="quiet square" aria-label="Close" autofocus @click=${closeDialog}>${icon('close')}</button>
    </div>
    <p class="dim">${from} answered ${a.status}${a.type ? html`, ${a.type}` : nothing}, ${count(a.bytes ?? 0)} bytes${a.cut ? ', of which only the beginning is here' : ''}.</p>
    <pre class="mono" tabindex="0" aria-label="The answer">${lines}</pre>`;
}
