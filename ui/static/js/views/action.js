// @ts-check
// The actions of a draft as a list; the form of the chosen one stands below it.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { focusOn, update } from '../app.js';
import { action, blankYet, edit, editor } from '../editor.js';
import { icon, state } from '../icons.js';
import * as form from './actionform.js';
import * as condition from './condition.js';

/** @import {Draft} from '../editor.js' */
/** @import {Action} from '../types.js' */

/** @type {Record<string, string>} */
export const kinds = { search: 'Search', saved: 'Saved search', packets: 'Packets', url: 'Link', webhook: 'Request', copy: 'Copy', kept: 'Kept' };

/** What an action does, in its own words. @param {Action} a */
function gist(a) {
  if (a.kind === 'packets') {
    const port = a.port ? ` port ${a.port}` : '';
    const peer = a.peer ? `, ${a.peer}${a.peer_port ? ` port ${a.peer_port}` : ''}` : '';
    const time = a.from || a.to ? `${a.from ?? ''} to ${a.to ?? ''}` : `${a.before || '5m'} before to ${a.after || '5m'} after`;
    return `${a.host ?? ''}${port}${peer}${a.protocol ? `, ${a.protocol}` : ''}, ${time}`;
  }
  if (a.kind === 'webhook') return `${a.method || (a.body ? 'POST' : 'GET')} ${a.url ?? ''}`;
  return a.query ?? a.url ?? a.saved ?? a.text ?? '';
}

/** Text with its placeholders in another colour. @param {string} text */
const templated = (text) => text.split(/(\{[^{}]*\})/).map((part, i) => i % 2 ? html`<em>${part}</em>` : part);

/** @param {number} i @param {number} by */
function shift(i, by) {
  const to = i + by;
  if (!editor.draft || to < 0 || to >= editor.draft.actions.length) return;
  editor.chosen = to;
  edit((d) => { d.actions.splice(to, 0, ...d.actions.splice(i, 1)); });
  focusOn(`[data-action="${to}"]`);
}

/** @param {number} i */
function copy(i) {
  editor.chosen = i + 1;
  edit((d) => { d.actions.splice(i + 1, 0, structuredClone(d.actions[i])); });
  focusOn(`#action-${i + 1}`);
}

/** @param {number} i */
function drop(i) {
  edit((d) => { d.actions.splice(i, 1); });
  editor.chosen = Math.max(0, Math.min(i, (editor.draft?.actions.length ?? 1) - 1));
  focusOn(editor.draft?.actions.length ? `[data-action="${editor.chosen}"]` : '#add-action');
}

/** @param {number} i */
function choose(i) {
  editor.chosen = i;
  update();
}

/** @param {KeyboardEvent} e @param {number} i */
function keys(e, i) {
  const by = e.key === 'ArrowUp' ? -1 : e.key === 'ArrowDown' ? 1 : 0;
  if (!by) return;
  e.preventDefault();
  if (e.altKey) return shift(i, by);
  const to = Math.max(0, Math.min(i + by, (editor.draft?.actions.length ?? 1) - 1));
  choose(to);
  focusOn(`[data-action="${to}"]`);
}

/** @param {Action} a @param {number} i */
function row(a, i) {
  const bad = editor.faults.some((f) => f.action === i && (editor.tried || !blankYet(f)));
  const leaves = editor.leaves.find((l) => l.action === i);
  return html`<li class="${a.disabled ? 'off' : ''}" aria-current=${editor.chosen === i ? 'true' : nothing}>
    <button type="button" data-action=${i} aria-expanded=${editor.chosen === i ? 'true' : 'false'} aria-controls="action-form" @click=${() => choose(i)} @keydown=${(/** @type {KeyboardEvent} */ e) => keys(e, i)}>
      <b>${a.name || 'No name'}</b> <span class="dim">${kinds[a.kind] ?? a.kind}</span>
      <code class="gist">${templated(gist(a))}</code>
      ${a.disabled && a.kind !== 'kept' ? html`<span class="badge">off</span>` : nothing}
      ${condition.badges(a.when)}
      ${a.kind === 'webhook' ? html`<span class="badge">in background</span>` : nothing}
      ${a.open === 'modal' ? html`<span class="badge">in the page</span>` : nothing}
      ${leaves ? html`<span class="badge leaves" title=${leaves.allowed ? `to ${leaves.host}` : `${leaves.host} is not on the allow list`}>${icon('out')}${leaves.allowed ? leaves.host : 'not allowed yet'}</span>` : nothing}
      ${bad ? state('bad', 'bad', html`<span class="sr">is wrong</span>`) : nothing}
    </button>
  </li>`;
}

/** Adds an action, and takes the focus to it. */
function add() {
  edit((d) => { editor.chosen = d.actions.push(action('search')) - 1; });
  focusOn(`#action-${editor.chosen}`);
}

/** @param {Draft} d */
export function render(d) {
  const i = editor.chosen;
  const a = d.actions[i];
  return html`<ol class="actions">${d.actions.map(row)}</ol>
    <button type="button" class="quiet small" id="add-action" @click=${add}>${icon('plus')}Action</button>
    <div id="action-form" class="action-form" role="group" aria-label=${a ? `Action ${i + 1}: ${a.name}` : 'No action is chosen'}>
      ${a ? html`${form.render(a, i)}
        <div class="tools">
          ${i > 0 ? html`<button type="button" class="quiet small" id="action-up" title="Alt ↑ in the list" @click=${() => shift(i, -1)}>${icon('up')}Up</button>` : nothing}
          ${i < d.actions.length - 1 ? html`<button type="button" class="quiet small" id="action-down" title="Alt ↓ in the list" @click=${() => shift(i, 1)}>${icon('down')}Down</button>` : nothing}
          <button type="button" class="quiet small" id="copy-action" @click=${() => copy(i)}>Duplicate</button>
          <button type="button" class="quiet small" id="remove-action" @click=${() => drop(i)}>Remove</button>
        </div>` : nothing}
    </div>`;
}
