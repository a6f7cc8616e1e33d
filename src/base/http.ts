/** Serves a fetch-style handler on loopback TCP or a unix socket; closing it also closes open connections. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';

export type Respond = (request: Request) => Response | Promise<Response>;

/** The body of a request; undefined if it has more than `bytesMax`, of which no more is then read, whatever its headers say. */
export async function bodyOf(request: Request, bytesMax: number): Promise<Buffer | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > bytesMax) return undefined;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.body ?? []) {
    bytes += part.length;
    if (bytes > bytesMax) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

export interface Listener {
  /** `http://127.0.0.1:PORT`, or `unix:PATH`. */
  url: string;
  port: number;
  close(): Promise<void>;
}

export type ListenOptions =
  | { port?: number; host?: string /** Takes a free port where this one is taken. */; orAnother?: boolean }
  | { socketPath: string; mode?: number };

/** Listens until it is closed; port 0 (the default) takes a free port. Rejects with EADDRINUSE where the port is taken. */
export async function listen(handler: Respond, options: ListenOptions = {}): Promise<Listener> {
  return listenServer(createServer(getRequestListener(handler)), options);
}

/** The same for a server of node:http, for code that needs raw streams. */
export async function listenServer(server: Server, options: ListenOptions = {}): Promise<Listener> {
  await new Promise<void>((resolve, reject) => {
    server.once('listening', resolve);
    if ('socketPath' in options) {
      rmSync(options.socketPath, { force: true });
      server.once('error', reject).listen(options.socketPath);
      return;
    }
    const { port = 0, host = '127.0.0.1', orAnother = false } = options;
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE' || !orAnother) return reject(error);
      server.once('error', reject).listen(0, host);
    });
    server.listen(port, host);
  });
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  if ('socketPath' in options) {
    chmodSync(options.socketPath, options.mode ?? 0o600);
    return { url: `unix:${options.socketPath}`, port: 0, close };
  }
  const { port, address } = server.address() as AddressInfo;
  return { url: `http://${address}:${port}`, port, close };
}
