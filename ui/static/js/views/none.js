// @ts-check
// Nothing to show: the store is empty, or nothing matches.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { copy } from '../copy.js';
import { attempt, empty } from '../empty.js';
import { count } from '../format.js';
import { icon, state } from '../icons.js';
import { route } from '../route.js';
import { curl, session } from '../session.js';
import { words } from '../times.js';
import * as tools from './tools.js';

/** @param {string} name @param {string} text */
const command = (name, text) => html`<div class="cmd"><code>${text}</code><button class="quiet small square" aria-label="Copy: ${name}" @click=${() => void copy(text, 'Command')}>${icon('copy')}</button></div>`;

function first() {
  const here = location.origin === 'http://127.0.0.1:8080' ? '' : ` --server ${location.origin}`;
  return html`<div class="say" id="first-run">
    <h2>No logs yet. Send some:</h2>
    ${command('a Zeek log', curl('conn.log'))}
    ${command('a gzip file', curl('access.log.gz', '', 'Content-Encoding: gzip'))}
    ${command('a capture', curl('capture.pcap', '?source=100'))}
    ${command('from the shell', `spoor ingest${here}${session.token ? ' --token-file TOKEN' : ''} conn.log dns.log http.log`)}
    <p>Zeek, JSON, syslog, access logs, plain text, pcap and pcapng are recognised.</p>
    <p>${state('busy', 'busy', 'Waiting for the first line. This page opens it by itself.')}</p>
    <p class="dim">Only looking? <code>spoor demo</code> brings logs, captures and two sensors.</p>
  </div>`;
}

/** @param {import('../empty.js').Try} t */
const tried = (t) => html`<li><button data-try=${t.all ? 'all-time' : t.without} @click=${() => attempt(t)}><span>${t.all ? 'In all time' : html`Without <code>${t.without}</code>`}</span><b>${count(t.total)}</b></button>
  <span class="dim">${t.all ? 'same query, no time range' : 'the rest of the query matches'}</span></li>`;

/** The range in a sentence. */
function range() {
  if (!route.from && !route.to) return '';
  const w = words(route);
  return ` in ${[w.day, w.text].filter(Boolean).join(', ')}`.replace('in Last', 'in the last').replace(/in (since|until)/, '$1');
}

function none() {
  const address = /\b\d+\.\d+\.\d+\.\d+\b/.exec(route.q)?.[0];
  const ex = address ?? 'example.com';
  return html`<div class="say" id="nothing-found">
    <h2>Nothing matches${route.q ? html` <code>${route.q}</code>` : nothing}${range()}</h2>
    ${empty.tries.length ? html`<ul class="tries">${empty.tries.filter((t) => t.total || t.all).map(tried)}</ul>` : nothing}
    ${tools.empty()}
    <p class="dim">Words match whole: <code>${ex}</code> finds ${address ? html`neither <code>${ex}0</code> nor <code>1${ex}</code>` : html`<code>www.${ex}</code>, but not <code>my${ex}</code>`}.
      For a prefix write <code>${address ? ex.replace(/\d+$/, '*') : 'exam*'}</code></p>
  </div>`;
}

export const render = () => empty.kind === 'first' ? first() : empty.kind === 'none' ? none() : nothing;
