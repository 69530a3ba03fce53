// @ts-check
// The dialog of an export.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { api } from '../api.js';
import { editor } from '../editor.js';
import { asked, exporting, found, set } from '../exporting.js';
import { plural } from '../format.js';
import { icon, state } from '../icons.js';
import { closeDialog } from '../overlay.js';
import { choice } from './inputs.js';
import * as notes from './notes.js';

/** @returns {[string, string][]} */
function which() {
  /** @type {[string, string][]} */
  const of = [['all', `All ${editor.all?.length ?? ''}`]];
  if (editor.find.trim()) of.push(['found', `${found().length} with “${editor.find.trim()}”`]);
  if (editor.draft?.version) of.push(['one', `${editor.draft.name} alone`]);
  return of;
}

export function render() {
  const r = exporting.report;
  return html`<div class="head"><h2 id="export-title">Export actionables</h2>
      <button class="quiet square" aria-label="Close" @click=${closeDialog}>${icon('close')}</button></div>
    <div class="body">
      <div class="pair">${choice({ label: 'Which', of: which(), now: exporting.which, choose: (v) => set({ which: v }) })}</div>
      <div class="pair"><span class="dim">in the form of</span> ${choice({ label: 'Form', of: [['spoor', 'Spoor'], ['gravwell', 'Gravwell']], now: exporting.format, choose: (v) => set({ format: v }) })}</div>
      ${exporting.error ? html`<p class="problem" role="alert">${state('bad', 'bad', exporting.error)}</p>` : nothing}
      ${r ? html`<p id="export-report">${r.notes?.length ? state('warn', 'warn', `${plural(r.actionables, 'actionable')}. Not all of it can be said there:`) : state('ok', 'ok', `${plural(r.actionables, 'actionable')}, with all that is in ${r.actionables === 1 ? 'it' : 'them'}.`)}</p>
        <div class="report" tabindex="0" role="group" aria-label="What the form can't hold">${notes.render(r.notes)}</div>` : nothing}
    </div>
    <div class="foot"><span class="grow"></span><button @click=${closeDialog}>Cancel</button>
      <a class="button primary" id="export-now" download href=${api.actionablesURL(asked())} @click=${() => setTimeout(closeDialog)}>Export</a></div>`;
}
