// @ts-check
// The bytes of a packet; those of the chosen line are marked.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { guard } from '../../vendor/lit-html/directives/guard.js';
import { update } from '../app.js';
import { copy } from '../copy.js';
import { byteKey, chooseByte, lineOf, marked } from '../decoded.js';
import { plural } from '../format.js';
import { icon } from '../icons.js';
import { opened } from '../opened.js';

const wide = 16;

/** @param {number} n @param {number} width */
const hex = (n, width) => n.toString(16).padStart(width, '0');

/** Column of a byte in "00 01 ..  08": two blanks part the halves. @param {number} i */
const column = (i) => i * 3 + (i >= 8 ? 1 : 0);

/** @param {Uint8Array} row */
const digits = (row) => [...row].map((b, i) => (i === 8 ? ' ' : '') + hex(b, 2)).join(' ').padEnd(column(wide) - 1);

/** @param {Uint8Array} row */
const letters = (row) => [...row].map((b) => b >= 32 && b < 127 ? String.fromCharCode(b) : '·').join('');

/** @param {string} text @param {number} a @param {number} b */
const parted = (text, a, b) => a < b ? html`${text.slice(0, a)}<b>${text.slice(a, b)}</b>${text.slice(b)}` : text;

/** @param {Uint8Array} bytes @param {number} at @param {number} from @param {number} to Marked bytes of this row. */
function row(bytes, at, from, to) {
  const own = bytes.subarray(at, at + wide);
  return html`<span class="row" data-at=${at}><i>${hex(at, 4)}</i>  <span class="digits">${parted(digits(own), column(from), to > from ? column(to - 1) + 2 : 0)}</span>  <span class="letters">${parted(letters(own), from, to)}</span></span>`;
}

/** The rows of a part. @param {Uint8Array} bytes @param {number} start @param {number} end @param {number} from @param {number} to Marked bytes. */
function part(bytes, start, end, from, to) {
  const out = [];
  for (let at = start; at < end; at += wide) {
    const a = Math.max(0, Math.min(wide, from - at));
    const b = Math.max(0, Math.min(wide, to - at, bytes.length - at));
    out.push(row(bytes, at, a < b ? a : 0, a < b ? b : 0));
  }
  return out;
}

/** All rows, in parts: a mark that moves draws only the parts that it leaves and enters. @param {Uint8Array} bytes */
function rows(bytes) {
  const m = marked();
  const out = [];
  for (let start = 0; start < bytes.length; start += 32 * wide) {
    const end = Math.min(bytes.length, start + 32 * wide);
    const from = m ? Math.max(start, Math.min(end, m.from)) : start;
    const to = m ? Math.max(start, Math.min(end, m.to)) : start;
    out.push(guard([bytes, from < to ? from : 0, from < to ? to : 0], () => part(bytes, start, end, from, to)));
  }
  return out;
}

/** The byte under the pointer, by the width of the letters: a span a byte would cost too many. @param {MouseEvent} e */
function byteAt(e) {
  const t = e.target instanceof Element ? e.target.closest('.digits, .letters') : null;
  const line = t?.closest('.row');
  if (!t || !line) return -1;
  const r = t.getBoundingClientRect();
  const chars = t.textContent?.length || 1;
  const col = Math.floor((e.clientX - r.left) / r.width * chars);
  const i = t.className === 'letters' ? col : Math.floor((col > 24 ? col - 1 : col) / 3);
  return Number(line.getAttribute('data-at')) + Math.max(0, Math.min(wide - 1, i));
}

/** @param {MouseEvent} e */
function over(e) {
  const i = e.type === 'mouseleave' ? -1 : byteAt(e);
  const path = i < 0 ? '' : lineOf(i);
  if (path === opened.over) return;
  opened.over = path;
  update();
}

/** @param {MouseEvent} e */
function click(e) {
  const i = byteAt(e);
  if (i >= 0 && !getSelection()?.toString()) chooseByte(i);
}

/** All bytes in hexadecimal, or those that are marked. @param {Uint8Array} bytes */
function copied(bytes) {
  const m = marked();
  const part = m ? bytes.subarray(m.from, m.to) : bytes;
  return [...part].map((b) => hex(b, 2)).join(' ');
}

export function render() {
  const { bytes } = opened;
  const m = marked();
  return html`<section class="bytes" aria-labelledby="bytes-head">
    <header><h2 id="bytes-head">Bytes</h2>
      <span class="dim">${m ? html`<code>${m.name}</code>, ${plural(m.to - m.from, 'byte')} at 0x${hex(m.from, 2)}` : bytes ? plural(bytes.length, 'byte') : nothing}</span>
      <span class="grow"></span>
      ${bytes ? html`<button class="quiet small" id="copy-hex" @click=${() => void copy(copied(bytes), 'Hex')}>${icon('copy')}Copy hex</button>` : nothing}
    </header>
    <pre id="bytes" tabindex="0" role="group" aria-label=${m ? `Bytes, ${m.name} is marked` : 'Bytes'} @keydown=${byteKey} @mousemove=${over} @mouseleave=${over} @click=${click}>${bytes ? rows(bytes) : nothing}</pre>
  </section>`;
}
