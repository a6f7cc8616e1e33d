/** Says why there is no better answer: to people as a page, to programs as JSON. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Refusal } from '../refusal.ts';
import { framed } from './pages/frame.ts';

export interface Said extends Partial<Refusal> {
  readonly why: string;
  readonly fix: string;
}

/** A browser that shows a page, or a part of one. */
export const wantsPage = (c: Context): boolean => (c.req.header('accept') ?? '').includes('text/html');

export function say(
  c: Context,
  status: ContentfulStatusCode,
  { refused, why, fix }: Said,
): Response | Promise<Response> {
  if (!wantsPage(c)) return c.json({ ...(refused ? { refused } : {}), why, fix }, status);
  const main = html`<main id="main"><h1>This cannot be shown</h1><p>${why}</p><p>${fix}</p></main>`;
  return c.html(framed('No', main), status);
}
