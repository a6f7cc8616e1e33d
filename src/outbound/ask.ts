/**
 * One request to another system, as its answer begins.
 *
 * A worker that looks at a board makes a few requests and ends. Node's fetch takes 0.1 s of processor time to be loaded and used for
 * the first time, its older client a third of that.
 */
import { request } from 'node:https';
import { connect } from 'node:net';
import { pipeline } from 'node:stream';
import { urlToHttpOptions } from 'node:url';

export interface Asked {
  url: URL;
  method: string;
  /** By names in small letters. */
  headers: Readonly<Record<string, string>>;
  body?: Uint8Array<ArrayBuffer> | undefined;
  /** Ends the request and its answer. */
  signal: AbortSignal;
}

/** An answer; a redirect is one too, and is never followed. */
export interface Told {
  status: number;
  headers: Pick<Headers, 'get'>;
  body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** Rejects with the error of the connection. */
export type Ask = (asked: Asked) => Promise<Told>;

type Answer = Parameters<NonNullable<Parameters<typeof request>[2]>>[0];

async function contentOf(answer: Answer): Promise<AsyncIterable<Uint8Array>> {
  if (answer.headers['content-encoding'] !== 'gzip') return answer;
  const { createGunzip } = await import('node:zlib');
  // An error of either goes to whoever reads.
  return pipeline(answer, createGunzip(), () => {});
}

async function toldBy(answer: Answer): Promise<Told> {
  const { statusCode: status = 0, headers } = answer;
  return {
    status,
    headers: { get: (name) => [headers[name.toLowerCase()]].flat().filter(Boolean).join(', ') || null },
    body: await contentOf(answer),
  };
}

/** Where plain http goes. Node's module for it loads fetch too, and its client is that of https over another connection. */
function plainly(url: URL) {
  const port = Number(url.port || 80);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { protocol: 'https:', port, defaultPort: 80, createConnection: () => connect({ host, port }) };
}

/** By the usual way, with the authorities that Node trusts by itself. */
export const askDirectly: Ask = ({ url, method, headers, body, signal }) =>
  new Promise((resolve, reject) => {
    const sent = request({
      ...urlToHttpOptions(url),
      ...(url.protocol === 'http:' ? plainly(url) : {}),
      method,
      headers: { 'user-agent': 'jvagent', 'accept-encoding': 'gzip', ...headers },
      signal,
    });
    sent.on('error', reject);
    sent.on('response', (answer) => resolve(toldBy(answer)));
    sent.end(body);
  });

/** The same by a fetch, for the ways that only one of these knows. */
export const askBy =
  (fetch: (request: Request) => Promise<Response>): Ask =>
  async ({ url, method, headers, body, signal }) => {
    const answer = await fetch(new Request(url, { method, headers, body: body ?? null, redirect: 'manual', signal }));
    return { status: answer.status, headers: answer.headers, body: answer.body ?? [] };
  };
