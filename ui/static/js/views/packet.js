// @ts-check
// The chosen packet: its tree at the left, its bytes at the right.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { icon, state } from '../icons.js';
import { opened, reload } from '../opened.js';
import { openEntry } from '../search.js';
import * as hex from './hex.js';
import * as tree from './tree.js';

export function render() {
  if (opened.error) {
    return html`<section class="tree" aria-label="Packet"><p class="say">${state('bad', 'bad', opened.error)}
      <span class="pair"><button class="small" @click=${reload}>Try again</button><button class="small" @click=${() => openEntry(opened.id, false)}>${icon('close')}Close</button></span></p></section>`;
  }
  return opened.full ? html`${tree.render()}${hex.render()}` : html`<section class="tree" aria-label="Packet"></section>${nothing}`;
}
