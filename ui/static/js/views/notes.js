// @ts-check
// Notes of an import or export: what is not as it was, and what to do about it.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { state } from '../icons.js';

/** @import {Note} from '../types.js' */

/** @type {Record<string, [string, 'warn'|'bad'|'idle']>} */
const shapes = { warning: ['warn', 'warn'], error: ['bad', 'bad'], info: ['idle', 'idle'] };

/** @param {Note} n */
const note = (n) => html`<li>${state(...shapes[n.level] ?? shapes.info, html`<span class="sr">${n.level}</span>`)}
  <span>${n.text}${n.todo ? html`. <span class="todo">${n.todo[0].toUpperCase()}${n.todo.slice(1)}.</span>` : nothing}</span></li>`;

/** @param {Note[]|undefined} all */
export const render = (all) => all?.length ? html`<ul class="tells">${all.map(note)}</ul>` : nothing;
