/**
 * Forwards one read request of a program in the sandbox: it may choose some headers, it never sees the token, and the answer is
 * streamed back.
 */
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  request as requestPlain,
  type ServerResponse,
} from 'node:http';
import { request as requestSecure } from 'node:https';
import { isIP } from 'node:net';
import { known } from '../base/known.ts';
import type { Target } from './reach.ts';

export interface Forward {
  hostname: string;
  target: Target;
  /** Uses TLS, and connects only to a host whose certificate these authorities (PEM) have signed. */
  trusted?: readonly string[] | undefined;
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

/** Answers 502 if the other side fails. A request body is not passed on. */
export function forward(options: Forward, request: IncomingMessage, response: ServerResponse): void {
  const { hostname, target, trusted, authorization, path, idleMs } = options;
  const standard = trusted ? 443 : 80;
  const headers = {
    ...pick(request.headers, (name) => asked.includes(name)),
    host: target.port === standard ? hostname : `${hostname}:${target.port}`,
    ...known({ authorization }),
  };
  const where = { host: target.address, port: target.port, method: request.method, path, headers, agent: false };
  const sent = trusted
    ? requestSecure({ ...where, servername: isIP(hostname) ? '' : hostname, ca: [...trusted] })
    : requestPlain(where);
  sent.setTimeout(idleMs, () => sent.destroy(new Error('it sent nothing more')));
  sent.on('error', (error) => deny(response, 502, `${hostname} did not answer: ${error.message}`));
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
