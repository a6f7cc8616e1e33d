/** Calls to a system as they stand, where the product's own connector would hide what is to be seen. */
import { messageOf, OutsideError } from '../../src/base/errors.ts';
import type { Redact } from '../../src/base/redact.ts';
import { kindOfStatus } from '../../src/connectors/http/outside.ts';
import { faultIn } from '../../src/outbound/fault.ts';

export interface Seen {
  status: number;
  /** The content type, or '' where there is none. */
  type: string;
  headers: Headers;
  /** Parsed JSON, or the text if it is none. */
  body: unknown;
  /** Status, the system's own name for an error, and its words. */
  words: string;
}

export interface RawAsk {
  query?: Readonly<Record<string, string | number | boolean>>;
  body?: unknown;
  /** Instead of the usual ones of the same name. */
  headers?: Readonly<Record<string, string>>;
}

/** Throws an OutsideError where there is no answer, or one that only says "not now". */
export type Raw = (method: string, path: string, ask?: RawAsk) => Promise<Seen>;

export interface RawOptions {
  system: string;
  baseUrl: string;
  headers: Readonly<Record<string, string>>;
  fetch: typeof globalThis.fetch;
  redact: Redact;
}

const secondsMax = 60;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return text;
  }
}

/** The value at these names, one inside the other; undefined where there is none. */
export function pick(value: unknown, ...names: readonly (string | number)[]): unknown {
  let found = value;
  for (const name of names) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Record<string | number, unknown>)[name];
  }
  return found;
}

/** The rows of a list. */
export function rowsOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

function wordsOf(status: number, body: unknown): string {
  const named = pick(body, 'typeKey');
  const message = pick(body, 'message');
  return [status, named, message].filter((part) => part !== undefined && part !== null).join(' ');
}

export function createRaw({ system, baseUrl, headers: usual, fetch, redact }: RawOptions): Raw {
  return async (method, path, { query = {}, body, headers = {} } = {}) => {
    const url = new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    const asked = { system, request: `${method} ${path}` };
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = { 'content-type': 'application/json' };
    const sent = new Headers({ accept: 'application/json', ...(body === undefined ? {} : type), ...usual });
    for (const [name, value] of Object.entries(headers)) value === '' ? sent.delete(name) : sent.set(name, value);
    const signal = AbortSignal.timeout(secondsMax * 1_000);
    try {
      const answer = await fetch(url, { method, headers: sent, redirect: 'manual', signal, ...content });
      const text = redact(await answer.text());
      const { status } = answer;
      if (status >= 500 || status === 429) {
        const facts = { ...asked, status, kind: kindOfStatus(status) };
        throw new OutsideError(`${system}: ${asked.request} answered ${status}`, facts);
      }
      const read = parsed(text);
      const told = answer.headers.get('content-type') ?? '';
      return { status, type: told, headers: answer.headers, body: read, words: wordsOf(status, read) };
    } catch (error) {
      if (error instanceof OutsideError) throw error;
      const why = redact(messageOf(faultIn(error) ?? (error instanceof Error && error.cause ? error.cause : error)));
      throw new OutsideError(`${system}: ${asked.request} got no answer: ${why}`, { ...asked, kind: 'unreachable' });
    }
  };
}
