// @ts-check
// A line as the server cut it: what the query matched is marked, what an actionable matches opens a menu.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { isJSON } from './columns.js';

/** @import {Entry, Hit, Segment} from './types.js' */

// Control characters would vanish or turn the line round, so they are shown as what they are.
const hidden = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** @param {string} t */
export const visible = (t) => t.replace(hidden, (c) => {
  const n = /** @type {number} */ (c.codePointAt(0));
  return n < 256 ? `\\x${n.toString(16).padStart(2, '0')}` : `\\u${n.toString(16).padStart(4, '0')}`;
});

/** The same, but ends of lines end the line. @param {string} t */
const inLines = (t) => t.split(/\r?\n/).map(visible).join('\n');

/**
 * Plain text. Keys of JSON are in the second voice, and lines may break after a comma.
 * @param {string} t
 * @param {boolean} json
 */
function plain(t, json) {
  if (!json) return visible(t);
  return t.split(/("(?:[^"\\]|\\.)*":|,(?="))/).map((part, i) => i % 2 === 0 ? visible(part) : part === ',' ? html`,<wbr>` : html`<i>${visible(part)}</i>`);
}

/**
 * @param {Segment} s
 * @param {boolean} json
 * @param {boolean} lines
 */
const piece = (s, json, lines) => s.m ? html`<mark>${visible(s.t)}</mark>` : lines ? inLines(s.t) : plain(s.t, json);

/** @param {Hit[]|undefined} a @param {Hit[]|undefined} b */
const same = (a, b) => a !== undefined && b !== undefined && a.length === b.length && a.every((h, i) => h.id === b[i].id && h.value === b[i].value);

/**
 * Segments drawn. A match that the query marks in part stays one word.
 * @param {Segment[]} segments
 * @param {{json?: boolean, lines?: boolean}} [o] lines: the text may have several
 */
export function drawn(segments, { json = false, lines = false } = {}) {
  const out = [];
  for (let i = 0; i < segments.length; i++) {
    const s = segments[i];
    if (!s.a?.length) {
      out.push(piece(s, json, lines));
      continue;
    }
    const parts = [s];
    while (i + 1 < segments.length && same(s.a, segments[i + 1].a)) parts.push(segments[++i]);
    out.push(act(s.a, parts.map((p) => piece(p, false, lines))));
  }
  return out;
}

/**
 * A word that opens the menu. The hits travel as a property, so nothing has to be encoded.
 * @param {Hit[]} hits
 * @param {unknown} text
 */
export const act = (hits, text) => html`<span class="act" role="button" tabindex="-1" aria-haspopup="menu" .hits=${hits}>${text}</span>`;

/** The hits of a word that act drew. @param {Element} el @returns {Hit[]} */
export const hitsOf = (el) => /** @type {any} */ (el).hits ?? [];

/** Whether a text gets a pane of its own to scroll in. @param {string} t */
export const isLong = (t) => t.length > 4000;

/**
 * The segments between two offsets of the text.
 * @param {Segment[]} segments
 * @param {number} from
 * @param {number} to
 * @returns {Segment[]}
 */
export function slice(segments, from, to) {
  const out = [];
  let at = 0;
  for (const s of segments) {
    const end = at + s.t.length;
    if (end > from && at < to) out.push({ ...s, t: s.t.slice(Math.max(0, from - at), to - at) });
    if (end >= to) break;
    at = end;
  }
  return out;
}

const shown = 900;

/**
 * What of a line is drawn while it is closed: it starts shortly before its
 * first match and ends before it costs time.
 * @param {Entry} e
 */
export function preview(e) {
  let first = 0;
  for (const s of e.segments) {
    if (s.m) break;
    first += s.t.length;
  }
  const start = first < e.raw.length && first > 240 ? first - 60 : 0;
  if (start === 0 && e.raw.length <= shown) return drawn(e.segments, { json: isJSON(e) });
  const end = start + shown;
  return html`${start ? '…' : nothing}${drawn(slice(e.segments, start, end), { json: isJSON(e) })}${end < e.raw.length ? '…' : nothing}`;
}
