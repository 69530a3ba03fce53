// @ts-check
// The list of keys.

import { html } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../icons.js';
import { closeDialog } from '../overlay.js';

/** @type {[string[], string][]} */
const keys = [
  [['/'], 'to the query; Enter runs it and goes to the results, ↑ and ↓ bring earlier ones'],
  [['Tab', 'Ctrl Space'], 'in the query: take a suggestion; ask for some'],
  [['s', 'w'], 'saved, recent and frozen; save this search, or freeze its results'],
  [['j', 'k'], 'next and previous entry, packet or job'],
  [['Enter'], 'open and close what the cursor is on'],
  [['n', 'p'], 'next and previous actionable word of the entry'],
  [['m', 'Shift F10'], 'the menu of the word'],
  [['+', '−'], 'include or exclude the word'],
  [['t'], 'the time range'],
  [['← → ↑ ↓'], 'walk the tree and the bytes of a packet; the bars of the histogram, with Shift to choose'],
  [['Ctrl Enter'], 'submit the form; in a menu: a new tab'],
  [['f'], 'the fields; there arrows walk, + and − filter, c makes a column'],
  [['v'], 'lines or table, chart or table'],
  [['l'], 'live: new results as they arrive'],
  [['Esc'], 'closes the innermost thing; with nothing open, cancels the search'],
  [['?'], 'this list'],
];

export const render = () => html`<div class="head">
    <h2 id="help-title">Keys</h2>
    <button class="quiet square" aria-label="Close" autofocus @click=${closeDialog}>${icon('close')}</button>
  </div>
  <dl class="keys">${keys.map(([k, does]) => html`<div><dt>${k.map((one) => html`<kbd>${one}</kbd> `)}</dt><dd>${does}</dd></div>`)}</dl>
  <p class="foot dim">Tab moves between the panes.</p>`;
