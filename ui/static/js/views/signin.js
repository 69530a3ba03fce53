// @ts-check
// Asks for the token, where the server wants one.

import { html, nothing } from '../../vendor/lit-html/lit-html.js';
import { state } from '../icons.js';
import { session, signIn } from '../session.js';

/** @param {Event} e */
function submit(e) {
  e.preventDefault();
  const input = /** @type {HTMLFormElement} */ (e.target).elements.namedItem('token');
  if (input instanceof HTMLInputElement) void signIn(input.value.trim());
}

export const render = () => html`<main tabindex="-1" class="signin">
  <form id="signin" @submit=${submit}>
    <h1>Spoor</h1>
    <label for="token">Token of this server</label>
    <input id="token" class="mono" name="token" type="password" autocomplete="current-password" required autofocus aria-describedby="signin-help signin-problem">
    <p id="signin-help" class="dim">It is in the file that <code>--token-file</code> names.</p>
    <p id="signin-problem" role="alert">${session.signInError ? state('bad', 'bad', session.signInError) : nothing}</p>
    <button class="primary">${session.sending ? 'Signing in…' : 'Sign in'}</button>
  </form>
</main>`;
