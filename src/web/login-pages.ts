/** The pages on which people log in: with a token, or with one button after `jvagent open`. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import { framed } from './pages/frame.ts';

export interface Wanted {
  /** The page to show then. */
  readonly next: string;
  /** Of `jvagent open`; without one the page asks for a token. */
  readonly code?: string;
  readonly why?: string;
}

const tokenField = html`<p><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="off" required autofocus></p>
<p>JVAGENT_API_TOKEN in the .env of the workspace operates, JVAGENT_VIEW_TOKEN only looks.
Without typing it: run <code>jvagent open</code> there, and open the address that it prints.</p>`;

/** Nothing is used up by showing it: programs that look at links before people do would log in otherwise. */
export function loginPage(
  c: Context,
  status: 200 | 401 | 429,
  { next, code, why }: Wanted,
): Response | Promise<Response> {
  const main = html`<main id="main"><h1>Log in</h1>
${why ? html`<p role="alert">${why}</p>` : ''}
<form method="post" action="/login">
<input type="hidden" name="next" value="${next}">
${code ? html`<input type="hidden" name="code" value="${code}">` : tokenField}
<p><button>Log in</button></p>
</form></main>`;
  return c.html(framed('Log in', main), status);
}
