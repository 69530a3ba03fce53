// @ts-check
// The form that keeps a search under a name, or its results as they are.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { live } from '../../vendor/lit-html/directives/live.js';
import { update } from '../app.js';
import { count, plural, size } from '../format.js';
import { icon, state } from '../icons.js';
import { canFreeze, draft, library, submit } from '../library.js';
import { closeDialog } from '../overlay.js';
import { route } from '../route.js';
import { search } from '../search.js';
import { words } from '../times.js';

/** @param {'name'|'note'|'by'} field */
const set = (field) => (/** @type {Event} */ e) => { draft[field] = /** @type {HTMLInputElement} */ (e.target).value; };

/** @param {string} kind @param {string} name */
const kind = (kind, name) => html`<button type="button" data-kind=${kind} aria-pressed=${draft.kind === kind ? 'true' : 'false'} @click=${() => { draft.kind = kind; draft.error = ''; update(); }}>${name}</button>`;

/** The time range in words. */
function range() {
  const w = words(route);
  return [w.day, w.text].filter(Boolean).join(' ');
}

/** @param {Event} e */
function time(e) {
  draft.time = /** @type {HTMLInputElement} */ (e.target).checked;
}

const asSearch = () => html`
  ${draft.search ? nothing : html`<label class="check"><input type="checkbox" id="save-time" .checked=${live(draft.time)} @change=${time}> With the time: ${range()}</label>`}
  <p class="dim">${draft.search ? html`The link to it stays the same.` : html`Its link opens the search as it is saved, for everybody who can open this page.`}</p>`;

function asResults() {
  const { sets } = library;
  const total = search.result?.total ?? 0;
  const over = sets && total > sets.max_entries_a_set;
  return html`
    <label for="save-by">Your name, for those who find it</label>
    <input id="save-by" autocomplete="name" maxlength="100" .value=${live(draft.by)} ?readonly=${draft.set !== null} @input=${set('by')}>
    ${draft.set ? nothing : html`<p class=${over ? '' : 'dim'} id="freeze-says">${over ? state('warn', 'warn', html`${count(sets.max_entries_a_set)} of ${plural(total, 'entry')} fit a set: the newest are kept.`) : html`${plural(total, 'entry')} as they are now. Neither retention nor deletion removes them.`}
      ${sets ? html` Frozen so far: ${size(sets.bytes)} of ${size(sets.max_bytes)}; a set holds ${count(sets.max_entries_a_set)} entries or ${size(sets.max_bytes_a_set)}.` : nothing}</p>`}`;
}

function title() {
  if (draft.search) return 'Rename the search';
  if (draft.set) return `Note of set ${draft.set.id}`;
  return 'Save';
}

function verb() {
  if (draft.search || draft.set) return 'Save the change';
  if (draft.kind === 'results') return draft.sending ? 'Freezing…' : 'Freeze the results';
  return library.saved?.name === draft.name.trim() ? 'Change the saved search' : 'Save the search';
}

export const render = () => html`<form id="save-form" @submit=${submit}>
  <div class="head"><h2 id="save-title">${title()}</h2>
    <button type="button" class="quiet square" aria-label="Close" @click=${closeDialog}>${icon('close')}</button></div>
  <div class="fill">
    ${draft.search || draft.set || !canFreeze() ? nothing : html`<div class="choice" role="group" aria-label="What is kept">${kind('search', 'The search')}${kind('results', 'The results as they are')}</div>`}
    <pre class="mono query-shown">${draft.set?.q ?? draft.search?.q ?? (route.q || '*')}</pre>
    <label for="save-name">Name</label>
    <input id="save-name" autofocus autocomplete="off" maxlength="100" ?required=${draft.kind === 'search'} aria-invalid=${draft.field === 'name' ? 'true' : 'false'} aria-describedby=${draft.error ? 'save-problem' : nothing} .value=${live(draft.name)} @input=${set('name')}>
    <label for="save-note">Note</label>
    <textarea id="save-note" rows="3" maxlength="1000" .value=${live(draft.note)} @input=${set('note')}></textarea>
    ${draft.kind === 'search' ? asSearch() : asResults()}
    <p role="alert" id="save-problem">${draft.error ? state('bad', 'bad', draft.error) : nothing}</p>
  </div>
  <div class="foot"><span class="grow"></span><button type="button" @click=${closeDialog}>Cancel</button><button class="primary" id="save-submit" aria-disabled=${draft.sending ? 'true' : nothing}>${verb()}</button></div>
</form>`;
