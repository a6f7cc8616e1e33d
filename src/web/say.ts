/** Says why there is no better answer: to people as a page, to programs as JSON. */
import type { Context } from 'hono';
import { html } from 'hono/html';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { Refusal } from '../refusal.ts';
import { sentenceOf } from '../views/sentence.ts';
import { framed } from './pages/frame.ts';
import { codeText } from './pages/words.ts';

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
  const no = c.req.method === 'POST' ? 'Nothing was done' : 'This cannot be shown';
  const main = html`<main id="main"><h1>${no}</h1><p>${codeText(sentenceOf(why))}</p><p>${codeText(fix)}</p></main>`;
  return c.html(framed(no, main), status);
}
