// @ts-check
// Dialogs: one at a time, drawn again at every update, focus back where it was.

import { render } from '../vendor/lit-html/lit-html.js';

/** @typedef {{el: HTMLDialogElement, view: () => unknown}} Open */

/** @type {Open|null} */
let open = null;

/** Draws the dialog that is open. */
export const drawDialog = () => {
  if (open) render(open.view(), open.el);
};

export const dialogOpen = () => open !== null;

export const closeDialog = () => { open?.el.close(); };

/**
 * Opens a dialog. Esc closes it, and the focus goes back.
 * @param {() => unknown} view
 * @param {{id: string, labelledby: string, back?: Element|null, closed?: () => void}} o back: where the focus goes afterwards; now's if absent
 */
export function showDialog(view, { id, labelledby, back = document.activeElement, closed }) {
  closeDialog();
  const el = document.createElement('dialog');
  el.id = id;
  el.className = id;
  el.setAttribute('aria-labelledby', labelledby);
  document.body.append(el);
  open = { el, view };
  drawDialog();
  el.showModal();
  // showModal looks for autofocus before a browser has upgraded it in templates.
  const first = el.querySelector('[autofocus]');
  if (first instanceof HTMLElement) first.focus();
  el.addEventListener('close', () => {
    if (open?.el === el) open = null;
    el.remove();
    if (back instanceof HTMLElement && back.isConnected) back.focus();
    closed?.();
  });
}
