// @ts-check
// The list of what could stand where the cursor is.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { accept, completing, completion } from '../completion.js';
import { visible } from '../segments.js';

const kinds = /** @type {Record<string, string>} */ ({ field: 'field', value: 'value', tag: 'tag', source: 'source', keyword: 'word', stage: 'pipe', function: 'function' });

/** The focus stays in the query. @param {PointerEvent} e */
const keep = (e) => e.preventDefault();

/** @param {import('../types.js').CompletionItem} item @param {number} i */
const option = (item, i) => html`<li role="option" id="q-option-${i}" aria-selected=${i === completion.at ? 'true' : 'false'} data-option=${item.label} @click=${() => accept(i)}>
  <code>${visible(item.label)}</code><span class="dim note">${item.note ?? nothing}</span><span class="dim">${kinds[item.kind] ?? item.kind}</span></li>`;

export function render() {
  if (!completing()) return nothing;
  return html`<div class="completion" id="completion" @pointerdown=${keep}>
    <ul role="listbox" id="q-options" tabindex="0" aria-label="Suggestions">${completion.items.map(option)}</ul>
    <p class="dim foot" aria-hidden="true"><kbd>Tab</kbd> takes ${completion.at < 0 ? 'the first' : 'it'} · <kbd>↑</kbd> <kbd>↓</kbd> choose · <kbd>Esc</kbd> closes${completion.more ? html` · there are more: write on` : nothing}</p>
  </div>`;
}

/** Of the input: which suggestion is chosen. */
export const active = () => completing() && completion.at >= 0 ? `q-option-${completion.at}` : nothing;
