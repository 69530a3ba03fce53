// @ts-check
// The hosts that values may go to.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { focusOn } from '../app.js';
import { add, asked, changed, covers, edit, egress, reread, save } from '../egress.js';
import { icon, state } from '../icons.js';
import { ticked, value } from './inputs.js';

/** @import {EgressHost} from '../types.js' */

/** @param {EgressHost} h @param {number} i */
const row = (h, i) => html`<tr data-host=${h.host}>
  <td><input class="mono" name="host" aria-label="Host ${i + 1}" placeholder="www.example.org, *.example.org or 10.0.0.5:8443" autocomplete="off" spellcheck="false" .value=${live(h.host)} @input=${(/** @type {Event} */ e) => edit((d) => { d.hosts[i].host = value(e); })}></td>
  <td><label><input type="checkbox" aria-label="Host ${i + 1} is internal" .checked=${live(Boolean(h.internal))} @change=${(/** @type {Event} */ e) => edit((d) => { d.hosts[i].internal = ticked(e); })}> internal</label></td>
  <td><input name="note" aria-label="Note on host ${i + 1}" placeholder="note" autocomplete="off" .value=${live(h.note ?? '')} @input=${(/** @type {Event} */ e) => edit((d) => { d.hosts[i].note = value(e); })}></td>
  <td><button type="button" class="quiet small square" aria-label="Remove host ${i + 1}" @click=${() => edit((d) => { d.hosts.splice(i, 1); })}>${icon('close')}</button></td></tr>`;

function wanted() {
  const list = [...asked()].filter(([host]) => !egress.draft?.hosts.some((h) => covers(h, host)));
  if (!list.length) return nothing;
  return html`<section aria-labelledby="wanted-head"><h3 id="wanted-head">Named by actions, not on the list</h3>
    <ul class="wanted" id="wanted">${list.map(([host, by]) => html`<li><code>${host}</code> <span class="dim grow">${by.slice(0, 4).join(', ')}${by.length > 4 ? ` and ${by.length - 4} more` : ''}</span>
      <button type="button" class="small" data-want=${host} @click=${() => add(host)}>Allow</button></li>`)}</ul></section>`;
}

function said() {
  if (egress.error) {
    return html`<p class="problem" id="hosts-problem" role="alert">${state('bad', 'bad', egress.error)}
      ${egress.conflict ? html`<button type="button" class="small" id="reread-hosts" @click=${reread}>Take the stored list, drop my changes</button>` : nothing}</p>`;
  }
  const of = egress.draft ? `Version ${egress.draft.version}. ${changed() ? 'Not saved yet.' : 'Saved.'}` : '';
  return html`<p class="dim" id="hosts-said">${of}</p>`;
}

function addEmpty() {
  edit((d) => { d.hosts.push({ host: '' }); });
  focusOn('#hosts tr:last-child input');
}

export function render() {
  const d = egress.draft;
  return html`<form id="allowlist" @submit=${(/** @type {Event} */ e) => { e.preventDefault(); void save(); }}>
    <header><h2>Allow list</h2><span class="grow"></span>
      ${changed() ? html`<button type="button" id="undo-hosts" @click=${reread}>Undo</button>` : nothing}
      <button class="primary" id="save-hosts">${egress.saving ? 'Saving…' : 'Save'}</button></header>
    <p class="dim">Values leave for these hosts only, when somebody runs an action; each time is written down. Requests of the server itself reach addresses of the Internet only, unless a host is internal. Ports are 80 and 443 unless one is named.</p>
    ${said()}
    ${d ? html`<label class="never"><input type="checkbox" id="never-private" .checked=${live(d.never_private)} @change=${(/** @type {Event} */ e) => edit((x) => { x.never_private = ticked(e); })}> Private addresses never leave, but for internal hosts</label>
      ${d.hosts.length ? html`<div class="scroll"><table id="hosts"><thead class="sr"><tr><th>Host</th><th>Internal</th><th>Note</th><th>Remove</th></tr></thead><tbody>${d.hosts.map(row)}</tbody></table></div>` : html`<p id="no-hosts">Nothing may leave: the list is empty.</p>`}
      <button type="button" class="quiet small" id="add-host" @click=${addEmpty}>${icon('plus')}Host</button>
      ${wanted()}` : nothing}
  </form>`;
}
