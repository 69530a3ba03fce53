// @ts-check
// The triggers of a draft, with what they find and what is wrong with them.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { focusOn } from '../app.js';
import { edit, faultAt, reason } from '../editor.js';
import { count } from '../format.js';
import { icon, state } from '../icons.js';
import { rewritten } from '../patterns.js';
import { trial } from '../trial.js';
import * as underline from './underline.js';
import { ticked, value } from './inputs.js';

/** @import {Draft} from '../editor.js' */
/** @import {Fault, Trigger} from '../types.js' */

/** What it found in the test. @param {number} i */
function found(i) {
  const at = trial.places.indexOf(i);
  const r = at < 0 ? undefined : trial.result?.triggers?.[at];
  return html`<span class="did dim">${r ? html`<b>${count(r.hits)}</b> ${r.hits === 1 ? 'hit' : 'hits'} <br>${r.us_per_line.toFixed(r.us_per_line < 10 ? 1 : 0)} µs a line` : nothing}</span>`;
}

/** @param {Trigger} t @param {number} i @param {Fault} f */
function problem(t, i, f) {
  const instead = f.field === 'pattern' ? rewritten(t.pattern) : undefined;
  return html`<p class="problem" id="trigger-problem-${i}" role="alert" data-column=${f.column ?? nothing}>${state('bad', 'bad', f.column ? `Column ${f.column}` : `Trigger ${i + 1}`)} <span>${instead ? html`RE2 has no look-around and no \\u. The same, with the value as a named group: <code>${instead}</code>
    <button type="button" class="small" id="use-instead-${i}" @click=${() => { edit((d) => { d.triggers[i].pattern = instead; }); focusOn(`#trigger-${i}`); }}>Use this</button>` : reason(f)}</span></p>`;
}

/** @param {Trigger} t @param {number} i */
function trigger(t, i) {
  const bad = faultAt({ trigger: i });
  const n = i + 1;
  return html`<li>
    <input type="checkbox" aria-label="Trigger ${n} is on" .checked=${live(!t.disabled)} @change=${(/** @type {Event} */ e) => edit((d) => { d.triggers[i].disabled = !ticked(e); })}>
    <span class="code">${underline.render(t.pattern, bad?.column)}<input id="trigger-${i}" class="mono" aria-label="Pattern of trigger ${n}" placeholder="RE2, for example CVE-\\d+-\\d+" spellcheck="false" autocomplete="off"
      aria-invalid=${bad ? 'true' : 'false'} aria-describedby=${bad ? `trigger-problem-${i}` : nothing} .value=${live(t.pattern)} @input=${(/** @type {Event} */ e) => edit((d) => { d.triggers[i].pattern = value(e); })}></span>
    <select aria-label="Trigger ${n} opens" @change=${(/** @type {Event} */ e) => edit((d) => { d.triggers[i].on = value(e); })}>
      <option value="click" ?selected=${t.on !== 'selection'}>on click</option><option value="selection" ?selected=${t.on === 'selection'}>on selected text</option>
    </select>
    <select aria-label="Trigger ${n} finds" @change=${(/** @type {Event} */ e) => edit((d) => { if (value(e)) d.triggers[i].as = value(e); else delete d.triggers[i].as; })}>
      <option value="" ?selected=${!t.as}>any text</option><option value="address" ?selected=${t.as === 'address'}>addresses</option><option value="domain" ?selected=${t.as === 'domain'}>domains</option>
    </select>
    ${found(i)}
    <button type="button" class="quiet small square" aria-label="Remove trigger ${n}" @click=${() => edit((d) => { d.triggers.splice(i, 1); })}>${icon('close')}</button>
    ${bad ? problem(t, i, bad) : nothing}
  </li>`;
}

function add() {
  let at = 0;
  edit((d) => { at = d.triggers.push({ pattern: '', on: 'click' }) - 1; });
  focusOn(`#trigger-${at}`);
}

/** @param {Draft} d */
export function render(d) {
  const bad = faultAt({ field: 'triggers' });
  return html`<ol class="triggers">${d.triggers.map(trigger)}</ol>
    ${bad ? html`<p class="problem" role="alert">${state('bad', 'bad', reason(bad))}</p>` : nothing}
    ${trial.result?.noisy ? html`<p class="noisy-here">${state('warn', 'warn', trial.result.noisy)}</p>` : nothing}
    <button type="button" class="quiet small" id="add-trigger" @click=${add}>${icon('plus')}Trigger</button>`;
}
