/**
 * Forwards one read request of a program in the sandbox: it may choose some headers, it never sees the token, and the answer is
 * streamed back.
 */
import {
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestPlain,
  type ServerResponse,
} from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP } from 'node:net';
import { known } from '../base/known.ts';
import { openTunnel, proxyAuthorization } from '../outbound/tunnel.ts';
import type { Target } from './reach.ts';

export interface Forward {
  hostname: string;
  target: Target;
  /** Whether TLS is used. */
  isSecure: boolean;
  /** The authorities, PEM, that must have signed the certificate of a host, or of a proxy, that uses TLS. */
  trusted: readonly string[];
  authorization?: string;
  /** Including the query; begins with a slash. */
  path: string;
  idleMs: number;
}

/** The program's headers that are passed on: they say what it wants to read. */
const asked = ['accept', 'accept-encoding', 'if-modified-since', 'if-none-match', 'range', 'user-agent'];

/** Headers that concern only one connection or a browser; they are not passed back. */
const ownToConnection = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'set-cookie',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

const pick = (headers: IncomingHttpHeaders, wanted: (name: string) => boolean) =>
  Object.fromEntries(Object.entries(headers).filter(([name, value]) => value !== undefined && wanted(name)));

/** Whether a request only reads. */
export const isRead = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD';

export function deny(response: ServerResponse, status: number, why: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'text/plain', connection: 'close' }).end(`${why}\n`);
}

type What = Record<'path' | 'host', string> & {
  method: string | undefined;
  headers: Record<string, string | string[] | undefined>;
};

/** Directly, or with TLS through a tunnel of the company's proxy. */
async function sendTo(
  { hostname, target, isSecure, trusted, idleMs }: Forward,
  { host, ...what }: What,
): Promise<ClientRequest> {
  const { address, port, proxy } = target;
  const ca = [...trusted];
  if (isSecure) {
    const socket = proxy && (await openTunnel({ proxy, host: address, port, trusted, timeoutMs: idleMs }));
    const servername = isIP(hostname) ? '' : hostname;
    return requestSecure({ ...what, ...known({ socket }), host: address, port, servername, ca, agent: false });
  }
  if (!proxy) return requestPlain({ ...what, host: address, port, agent: false });
  const authorization = proxyAuthorization(proxy);
  const headers = { ...what.headers, ...known({ 'proxy-authorization': authorization }) };
  const asked = { ...what, headers, path: `http://${host}${what.path}`, host: proxy.hostname, agent: false };
  return proxy.protocol === 'https:'
    ? requestSecure({ ...asked, port: proxy.port || 443, ca })
    : requestPlain({ ...asked, port: proxy.port || 80 });
}

/** Answers 502 if the other side fails. A request body is not passed on. */
export async function forward(options: Forward, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { hostname, target, isSecure, authorization, path, idleMs } = options;
  const host = target.port === (isSecure ? 443 : 80) ? hostname : `${hostname}:${target.port}`;
  const headers = { ...pick(request.headers, (name) => asked.includes(name)), host, ...known({ authorization }) };
  const failed = (error: Error) => deny(response, 502, `${hostname} did not answer: ${error.message}`);
  const sent = await sendTo(options, { host, method: request.method, path, headers }).catch(failed);
  if (!sent) return;
  sent.setTimeout(idleMs, () => sent.destroy(new Error('it sent nothing more')));
  sent.on('error', failed);
  sent.on('response', (answer) => {
    response.writeHead(
      answer.statusCode ?? 502,
      pick(answer.headers, (name) => !ownToConnection.includes(name)),
    );
    answer.on('error', () => response.destroy());
    answer.pipe(response);
  });
  response.on('close', () => sent.destroy());
  sent.end();
}
