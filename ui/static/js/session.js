// @ts-check
// Whether the server answers, and whether it knows who asks.

import { api, asError, listen } from './api.js';
import { announce } from './announce.js';
import { update } from './app.js';

export const session = {
  loaded: false,
  /** The server wants a token that it has not got. */
  locked: false,
  /** The server wants a token, also of who sends logs. */
  token: false,
  signInError: '',
  sending: false,
  /** When it stopped answering; 0: it answers. */
  gone: 0,
  /** Seconds until the next try. */
  wait: 0,
};

const firstWait = 2;
const longestWait = 30;
let pause = firstWait;
let timer = 0;
let asking = false;
let start = () => {};

/** @param {() => void} f Called when the page may ask, and again when the server is back. */
export function begin(f) {
  start = f;
  listen({ gone: lost, back, signedOut });
  void look();
}

/** Asks whether the server answers. */
export async function look() {
  if (asking) return;
  asking = true;
  try {
    const s = await api.session(AbortSignal.timeout(10000));
    const first = !session.loaded;
    session.loaded = true;
    session.token = s.needs_token;
    session.locked = s.needs_token && !s.signed_in;
    if (first && !session.locked) start();
  } catch (e) {
    // Whatever is wrong, without a session nothing can be asked: try on.
    const err = asError(e);
    if (!session.loaded && !err.gone) session.signInError = err.message;
    lost();
  }
  asking = false;
  update();
}

function lost() {
  if (!session.gone) {
    session.gone = Date.now();
    announce('No answer from Spoor');
  }
  if (timer) return;
  session.wait = pause;
  pause = Math.min(pause * 2, longestWait);
  timer = setInterval(() => {
    session.wait--;
    if (session.wait <= 0) tryNow();
    update();
  }, 1000);
  update();
}

/** Tries again at once. */
export function tryNow() {
  clearInterval(timer);
  timer = 0;
  void look();
}

/** An answer came: what failed is asked again. */
function back() {
  if (!session.gone) return;
  clearInterval(timer);
  timer = 0;
  pause = firstWait;
  session.gone = 0;
  announce('Spoor answers again');
  if (session.loaded && !session.locked) start();
  update();
}

function signedOut() {
  session.locked = true;
  update();
}

/** What sends a file to this server from a shell. @param {string} file @param {string} [query] @param {string} [header] */
export function curl(file, query = '', header = '') {
  const headers = (session.token ? ` -H "Authorization: Bearer $TOKEN"` : '') + (header && ` -H '${header}'`);
  return `curl --data-binary @${file}${headers} '${location.origin}/api/v1/ingest${query}'`;
}

/** @param {string} token */
export async function signIn(token) {
  session.sending = true;
  session.signInError = '';
  update();
  try {
    await api.signIn(token);
    session.locked = false;
    start();
  } catch (e) {
    const err = asError(e);
    session.signInError = err.status === 401 ? 'This is not the token of this server.' : err.message;
  }
  session.sending = false;
  update();
}
