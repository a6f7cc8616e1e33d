/** What was sent, read as text and as a path of ours: others choose its form too. */
import type { Context } from 'hono';
import type { WebEnv } from './caller.ts';

/** A field that is a text; anything else counts as not sent. */
export function textIn(c: Context<WebEnv>, name: string): string | undefined {
  const value = c.var.fields[name];
  return typeof value === 'string' ? value : undefined;
}

/** An address of `origin`; undefined for any that a browser, given its path alone, would take for another host. */
export function ownUrl(text: string, origin: string): URL | undefined {
  const url = URL.canParse(text, origin) ? new URL(text, origin) : undefined;
  // What stands before two slashes, such as `/./`, is gone by now.
  return url?.origin === origin && !url.pathname.startsWith('//') ? url : undefined;
}
