/** Serves a fetch-style handler on loopback TCP or a unix socket; closing it also closes open connections. */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';

export type Respond = (request: Request) => Response | Promise<Response>;

export interface Listener {
  /** `http://127.0.0.1:PORT`, or `unix:PATH`. */
  url: string;
  port: number;
  close(): Promise<void>;
}

export type ListenOptions = { port?: number; host?: string } | { socketPath: string; mode?: number };

/** Listens until it is closed; port 0 (the default) takes a free port. */
export async function listen(handler: Respond, options: ListenOptions = {}): Promise<Listener> {
  return listenServer(createServer(getRequestListener(handler)), options);
}

/** The same for a server of node:http, for code that needs raw streams. */
export async function listenServer(server: Server, options: ListenOptions = {}): Promise<Listener> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if ('socketPath' in options) {
      rmSync(options.socketPath, { force: true });
      server.listen(options.socketPath, resolve);
    } else server.listen(options.port ?? 0, options.host ?? '127.0.0.1', resolve);
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
