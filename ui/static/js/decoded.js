// @ts-check
// The lines of a decoded packet and their bytes: which line is chosen, and the keys that walk them.

import { afterDraw, focusOn, update } from './app.js';
import { opened, reveal } from './opened.js';

/** @import {Layer, LayerField} from './types.js' */

/** @typedef {{path: string, layer: number, item: Layer|LayerField, leaf: boolean}} Line */

const layers = () => opened.full?.layers ?? [];

/** @param {Layer} l */
export const unfolded = (l) => opened.unfolded.has(l.name);

/** The lines that can be seen, from above. @returns {Line[]} */
export function lines() {
  /** @type {Line[]} */
  const out = [];
  layers().forEach((l, i) => {
    out.push({ path: `${i}`, layer: i, item: l, leaf: !l.fields?.length });
    if (unfolded(l)) l.fields?.forEach((f, j) => out.push({ path: `${i}.${j}`, layer: i, item: f, leaf: true }));
  });
  return out;
}

/** @param {string} path @returns {Layer|LayerField|undefined} */
export function lineAt(path) {
  const [i, j] = path.split('.').map(Number);
  const l = layers()[i];
  return j === undefined || Number.isNaN(j) ? l : l?.fields?.[j];
}

/** The bytes that are marked: those under the pointer, else those of the chosen line. */
export function marked() {
  const item = lineAt(opened.over || opened.line);
  return item && item.length > 0 ? { from: item.offset, to: item.offset + item.length, name: item.name } : null;
}

/** @param {string} path @param {boolean} [focus] */
export function choose(path, focus = true) {
  opened.line = path;
  opened.name = lineAt(path)?.name ?? '';
  opened.over = '';
  if (focus) focusOn(`#tree [data-line="${path}"]`);
  afterDraw(() => reveal());
}

/** @param {Layer} l */
export function fold(l, open = !unfolded(l)) {
  if (open) opened.unfolded.add(l.name);
  else opened.unfolded.delete(l.name);
  opened.folds++;
  update();
}

/** The innermost line that has this byte; its layer unfolds. @param {number} byte @returns {string} "" when none has */
export function lineOf(byte) {
  let path = '';
  let size = Infinity;
  layers().forEach((l, i) => {
    const has = (/** @type {Layer|LayerField} */ x) => byte >= x.offset && byte < x.offset + x.length && x.length <= size;
    if (has(l)) [path, size] = [`${i}`, l.length];
    l.fields?.forEach((f, j) => { if (has(f)) [path, size] = [`${i}.${j}`, f.length]; });
  });
  return path;
}

/** Chooses the line of a byte. @param {number} byte */
export function chooseByte(byte) {
  const path = lineOf(byte);
  if (!path) return;
  const l = layers()[Number(path.split('.')[0])];
  if (path.includes('.')) fold(l, true);
  choose(path, false);
}

/** Arrows in the tree. @param {KeyboardEvent} e */
export function treeKey(e) {
  const all = lines();
  const i = Math.max(0, all.findIndex((l) => l.path === opened.line));
  const here = all[i];
  if (!here) return;
  const l = layers()[here.layer];
  const isLayer = here.path === `${here.layer}`;
  const to = (/** @type {number} */ n) => choose(all[Math.max(0, Math.min(all.length - 1, n))].path);
  if (e.key === 'ArrowDown') to(i + 1);
  else if (e.key === 'ArrowUp') to(i - 1);
  else if (e.key === 'Home') to(0);
  else if (e.key === 'End') to(all.length - 1);
  else if (e.key === 'ArrowRight' && isLayer) unfolded(l) ? to(i + 1) : fold(l, true);
  else if (e.key === 'ArrowLeft' && !isLayer) choose(`${here.layer}`);
  else if (e.key === 'ArrowLeft') fold(l, false);
  else if ((e.key === 'Enter' || e.key === ' ') && isLayer && !(e.target instanceof Element && e.target.matches('.act'))) fold(l);
  else return;
  e.preventDefault();
  e.stopPropagation();
}

/** Arrows in the bytes. @param {KeyboardEvent} e */
export function byteKey(e) {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -16, ArrowDown: 16 }[e.key];
  const n = opened.bytes?.length ?? 0;
  if (by === undefined || !n) return;
  e.preventDefault();
  const m = marked();
  // Left and right go on to the neighbouring field, not through each byte of this one.
  const next = m ? (by === 1 ? m.to : by === -1 ? m.from - 1 : m.from + by) : 0;
  chooseByte(Math.max(0, Math.min(n - 1, next)));
}
