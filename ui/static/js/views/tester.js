// @ts-check
// The triggers of the draft on pasted text, found by the same engine as in results.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { editor, test } from '../editor.js';
import { plural } from '../format.js';
import { state } from '../icons.js';
import { visible } from '../segments.js';

/** @import {Segment} from '../types.js' */

/** Line ends are kept here, unlike in results. @param {string} t */
const lines = (t) => t.split('\n').flatMap((l, i) => i ? ['\n', visible(l)] : [visible(l)]);

/** @param {Segment} s */
const piece = (s) => s.a?.length || s.m ? html`<mark class="hit">${visible(s.t)}</mark>` : lines(s.t);

/** @param {Event} e */
function typed(e) {
  editor.text = /** @type {HTMLTextAreaElement} */ (e.target).value;
  test();
}

/** The values that the actions would get, each once. */
const values = () => [...new Set(editor.segments.flatMap((s) => s.a ?? []).map((h) => h.value))].slice(0, 20);

export const render = () => html`<section class="test" aria-labelledby="test-head">
  <header><h2 id="test-head">On pasted text</h2></header>
  <textarea id="test-text" class="mono" rows="5" aria-label="Text to test the triggers on" spellcheck="false" .value=${live(editor.text)} @input=${typed}></textarea>
  <p class="facts">${editor.testError ? state('bad', 'bad', editor.testError) : editor.triggerError ? html`<span class="dim">Trigger ${editor.triggerError.trigger + 1} cannot be read.</span>` : html`<b id="hits">${plural(editor.hits, 'hit')}</b>`}</p>
  <pre class="found" id="test-found">${editor.segments.map(piece)}</pre>
  ${values().length ? html`<h3>Values for the actions</h3><ul class="values">${values().map((v) => html`<li><code>${visible(v)}</code></li>`)}</ul>` : nothing}
</section>`;
