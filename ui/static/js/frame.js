// @ts-check
// What an action brings: another site's page in a frame, or a webhook's answer.

import { closeDialog, showDialog } from './overlay.js';
import { failed, toast } from './toasts.js';
import * as view from './views/frame.js';

/** @import {Expansion, HookAnswer} from './types.js' */

export const frame = { title: '', url: '', origin: '' };

/** @type {{title: string, from: string, answer: HookAnswer}} */
export const brought = { title: '', from: '', answer: { status: 0 } };

/** Percent of the window, as far as a number says it. @param {number|undefined} n @param {number} otherwise */
const percent = (n, otherwise) => Math.min(100, Math.max(20, n || otherwise));

/**
 * Shows a page of another host, which can do nothing to this one.
 * @param {string} title
 * @param {URL} url
 * @param {Expansion} x
 * @param {Element|null} back
 */
export function openFrame(title, url, x, back) {
  Object.assign(frame, { title, url: url.href, origin: url.origin });
  showDialog(view.render, { id: 'frame', labelledby: 'frame-title', back });
  const el = document.getElementById('frame');
  if (!el) return;
  el.style.width = `${percent(x.width, 80)}vw`;
  el.style.height = `${percent(x.height, 80)}vh`;
  document.addEventListener('securitypolicyviolation', (e) => {
    // This page may frame what was on the list when it was loaded.
    if (!e.effectiveDirective.startsWith('frame-src') || !el.isConnected) return;
    toast('warn', `${title} opens in a tab: ${url.host} came onto the list after this page was loaded. Load it again to have it in a frame.`);
    toTab();
  }, { once: true });
}

/** The page of the frame goes into a tab. */
export function toTab() {
  window.open(frame.url, '_blank', 'noopener,noreferrer');
  closeDialog();
}

/**
 * What a webhook answered.
 * @param {string} title
 * @param {Expansion} x
 * @param {Element|null} back
 */
export function openAnswer(title, x, back) {
  const { answer } = x;
  if (!answer) return failed(new Error(`${title}: no answer came back`));
  const good = answer.status >= 200 && answer.status < 300;
  toast(good ? 'ok' : 'bad', `${title}: ${x.host ?? 'the other host'} answered ${answer.status}.`);
  if (!answer.body) return;
  Object.assign(brought, { title, from: x.host ?? '', answer });
  showDialog(view.answer, { id: 'answer', labelledby: 'answer-title', back });
}
