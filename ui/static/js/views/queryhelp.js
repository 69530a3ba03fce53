// @ts-check
// A short help in place: what can be written, with examples that run, and how this query is read.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon } from '../icons.js';
import { help, toggleHelp } from '../queryhelp.js';
import { ask } from '../search.js';

/** @type {[string, string][]} */
const examples = [
  ['failed password', 'both words, in any order'],
  ['"failed password"', 'this text'],
  ['10.47.1* OR *.evil.example', 'either; * for anything inside a word'],
  ['NOT tag:syslog', 'all others; also -tag:syslog'],
  ['ip:10.0.0.0/8 port:443', 'either side of a connection or packet'],
  ['user:(root OR admin)', 'a field that has one of them'],
  ['status:>=500', 'numbers, sizes (10MB), durations (5m)'],
  ['duration:[1 TO 60]', 'from the one to the other'],
  ['user:*', 'that have the field'],
  ['/sshd\\[\\d+\\]/', 'a regular expression; /…/i for either case'],
  ['tag:zeek.* last:1h', 'by tag and time'],
  ['src:100 tcp.flags.syn:1', 'packets, by the names of Wireshark'],
  ['* | top 10 id.orig_h', 'the values that come most often'],
  ['* | stats count(), dc(id.resp_h) by tag', 'numbers for each'],
  ['* | timechart 5m count() by tag', 'numbers over time'],
];

/** How the query is read, with all its parentheses. */
function read() {
  const e = help.explained;
  if (help.error) return html`<p class="dim">This query cannot be read yet: ${help.error}</p>`;
  if (!e) return nothing;
  return html`<p>This query is read as</p><pre class="mono query-shown" id="read-as">${e.read || '*'}</pre>`;
}

export const render = () => html`<section class="query-help" id="query-help" aria-labelledby="query-help-title">
  <div class="top-line"><h2 id="query-help-title">What a query says</h2><button type="button" class="quiet small square" aria-label="Close the help" @click=${() => toggleHelp(false)}>${icon('close')}</button></div>
  ${read()}
  <ul class="examples">${examples.map(([q, does]) => html`<li><button type="button" class="quiet small mono" data-example=${q} @click=${() => { toggleHelp(false); ask(q, { saved: '', open: '' }); }}>${q}</button><span class="dim">${does}</span></li>`)}</ul>
  <p class="dim">Side by side means AND. NOT binds tightest, then AND, then OR. Words match whole. <kbd>Ctrl</kbd> <kbd>Space</kbd> suggests what could stand at the cursor, <kbd>Tab</kbd> takes it.</p>
</section>`;
