// @ts-check
// On which lines and values a draft, or one of its actions, is offered.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { editCondition, editor, reason } from '../editor.js';
import { state } from '../icons.js';
import { choice, listed } from './inputs.js';

/** @import {Condition} from '../types.js' */

/** @type {[string, string][]} */
const kinds = [['', 'Any value'], ['public', 'Public address'], ['private', 'Private address']];

/**
 * @param {Condition|undefined} c
 * @param {number} of The action, -1 for the whole draft.
 */
export function render(c, of) {
  const bad = editor.faults.find((f) => f.trigger === undefined && f.action === (of < 0 ? undefined : of) && f.field.startsWith('when'));
  const id = of < 0 ? 'when' : `when-${of}`;
  /** @param {'tags'|'fields'|'has'} key @param {string} label @param {string} hint */
  const input = (key, label, hint) => html`<label>${label} ${listed({ id: `${id}-${key}`, list: c?.[key], hint, describedby: bad ? `${id}-problem` : undefined, invalid: Boolean(bad), change: (l) => editCondition(of, (x) => { x[key] = l; }) })}</label>`;
  return html`<div class="conditions">
    ${input('tags', 'Tag', 'zeek.* syslog')}
    ${input('fields', 'In field', 'any')}
    ${input('has', 'Line has', 'uid')}
    ${choice({ label: 'Kind of value', of: kinds, now: c?.address ?? '', choose: (v) => editCondition(of, (x) => { x.address = v; }) })}
    ${bad ? html`<p class="problem" id="${id}-problem" role="alert">${state('bad', 'bad', reason(bad))}</p>` : nothing}
  </div>`;
}

/** The condition in few words, for badges. @param {Condition|undefined} c @returns {string[]} */
export function said(c) {
  if (!c) return [];
  return [
    c.address ? `${c.address} only` : '',
    c.tags?.length ? `in ${c.tags.join(', ')}` : '',
    c.fields?.length ? `in field ${c.fields.join(', ')}` : '',
    c.has?.length ? `with ${c.has.join(', ')}` : '',
  ].filter(Boolean);
}

/** Whether there is one. @param {Condition|undefined} c */
export const some = (c) => c ? said(c).length > 0 : false;

/** @param {Condition|undefined} c */
export const badges = (c) => some(c) ? said(c).map((w) => html`<span class="badge cond" title=${w}>${w}</span>`) : nothing;
