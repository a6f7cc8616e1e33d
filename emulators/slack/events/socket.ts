/**
 * Socket Mode: apps connect here, and each envelope goes to one of an app's connections and wants an answer within three seconds.
 *
 * `apps.connections.open` -> an address that works once -> hello -> envelopes and their acknowledgements -> disconnect
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Server } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import type { SlackApp } from '../model.ts';
import type { Attempt, Outcome } from './attempt.ts';

export type DisconnectReason = 'warning' | 'refresh_requested' | 'link_disabled' | 'too_many_websockets';

/** What goes wrong with new connections: no hello ever comes, or envelopes are taken but acknowledgements are not heard. */
export interface SocketFaults {
  withoutHello?: boolean | undefined;
  deaf?: boolean | undefined;
}

interface Connection {
  app: string;
  socket: WebSocket;
}

export interface SocketMode {
  /** The address of one new connection, or undefined where the app has ten already. */
  open(app: SlackApp): string | undefined;
  /** Lets apps connect to this server. */
  attach(server: Server): void;
  attempt(app: SlackApp, attempt: Attempt): Promise<Outcome>;
  connections(app: SlackApp): number;
  /** Resolves when the app has this many connections, or at once if `signal` is aborted. */
  connected(app: SlackApp, count: number, signal?: AbortSignal): Promise<void>;
  /** Says goodbye to all connections of an app as Slack does; all but a warning end them too. */
  disconnect(app: SlackApp, reason: DisconnectReason): void;
  /** Cuts all connections of an app without a word. */
  cut(app: SlackApp): void;
  misbehave(faults?: SocketFaults): void;
  close(): void;
}

const connectionsMax = 10;
const pingMs = 10_000;

interface Parts {
  baseUrl: () => string;
  /** How long an envelope may stay without its acknowledgement. */
  ackMs: () => number;
}

const frame = (app: SlackApp, count: number) =>
  JSON.stringify({
    type: 'hello',
    num_connections: count,
    debug_info: { host: 'applink-emulator', build_number: 1, approximate_connection_time: 18_060 },
    connection_info: { app_id: app.id },
  });

function parsed(data: unknown): { envelope_id?: string; payload?: unknown } {
  try {
    return JSON.parse(String(data));
  } catch {
    return {};
  }
}

/** Sends one envelope on one connection; resolves with its acknowledgement, or when there will be none. */
function exchange(connection: Connection, { kind, payload, nth }: Attempt, bell: EventEmitter, ms: number) {
  const { socket } = connection;
  const envelope_id = randomUUID();
  const retry = kind === 'events_api' ? { retry_attempt: nth, retry_reason: nth > 0 ? 'timeout' : '' } : {};
  const accepts_response_payload = kind !== 'events_api';
  return new Promise<Outcome>((resolve) => {
    const settle = (outcome: Outcome) => {
      clearTimeout(timer);
      socket.off('close', lost);
      bell.off(envelope_id, heard);
      resolve(outcome);
    };
    const lost = () => settle({ isDone: false, reason: 'no_connection' });
    const late = () => settle({ isDone: false, reason: 'timeout' });
    const heard = (answer: unknown) => settle({ isDone: true, reason: '', answer });
    const timer = setTimeout(late, ms);
    socket.once('close', lost);
    bell.once(envelope_id, heard);
    socket.send(JSON.stringify({ envelope_id, payload, type: kind, ...retry, accepts_response_payload }));
  });
}

/** The open connections and who waits for one; a connection counts once it has said hello. */
function createConnections() {
  const bell = new EventEmitter().setMaxListeners(0);
  let all: Connection[] = [];
  let turn = 0;
  const of = (app: SlackApp) =>
    all.filter(({ app: name, socket }) => name === app.name && socket.readyState === socket.OPEN);

  return {
    bell,
    of,
    /** The connection whose turn it is. */
    next(app: SlackApp): Connection | undefined {
      const mine = of(app);
      turn += 1;
      return mine[turn % Math.max(1, mine.length)];
    },
    add(app: SlackApp, socket: WebSocket): void {
      const connection = { app: app.name, socket };
      all.push(connection);
      socket.on('close', () => {
        all = all.filter((each) => each !== connection);
      });
      socket.send(frame(app, of(app).length));
      bell.emit('connected');
      socket.ping();
      const pings = setInterval(() => socket.ping(), pingMs).unref();
      socket.on('close', () => clearInterval(pings));
    },
    connected: (app: SlackApp, count: number, until?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (of(app).length < count && !until?.aborted) return;
          bell.off('connected', look);
          until?.removeEventListener('abort', look);
          resolve();
        };
        bell.on('connected', look);
        until?.addEventListener('abort', look);
        look();
      }),
  };
}

/** The connections of all apps to one server. */
export function createSocketMode({ baseUrl, ackMs }: Parts): SocketMode {
  const tickets = new Map<string, SlackApp>();
  const server = new WebSocketServer({ noServer: true });
  const { bell, of, next, add, connected } = createConnections();
  let faults: SocketFaults = {};

  function take(app: SlackApp, socket: WebSocket): void {
    socket.setMaxListeners(0);
    socket.on('error', () => socket.terminate());
    if (faults.withoutHello) return;
    const isDeaf = faults.deaf;
    socket.on('message', (data) => {
      const { envelope_id, payload } = parsed(data);
      if (envelope_id && !isDeaf) bell.emit(envelope_id, payload);
    });
    add(app, socket);
  }

  return {
    open(app) {
      if (of(app).length >= connectionsMax) return undefined;
      const ticket = randomBytes(16).toString('hex');
      tickets.set(ticket, app);
      return `${baseUrl().replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${app.id}`;
    },
    attach(http) {
      http.on('upgrade', (request, socket, head) => {
        const ticket = new URL(request.url ?? '/', 'http://slack').searchParams.get('ticket') ?? '';
        const app = tickets.get(ticket);
        tickets.delete(ticket);
        if (app) server.handleUpgrade(request, socket, head, (opened) => take(app, opened));
        else socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
      });
    },
    async attempt(app, attempt) {
      const chosen = next(app);
      if (!chosen) return { isDone: false, reason: 'no_connection' };
      return exchange(chosen, attempt, bell, ackMs());
    },
    connections: (app) => of(app).length,
    connected,
    disconnect(app, reason) {
      for (const { socket } of of(app)) {
        socket.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-emulator' } }));
        if (reason !== 'warning') socket.close(1000);
      }
    },
    cut: (app) => of(app).map(({ socket }) => socket.terminate()),
    misbehave: (wanted = {}) => {
      faults = wanted;
    },
    close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}
