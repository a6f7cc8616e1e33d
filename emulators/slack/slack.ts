/**
 * Slack for the whole world of the emulators: the Web API, Socket Mode, the Events API, and what people do there.
 *
 * people (the page, the driver, `control`) -> messages -> events to apps;  apps -> Web API -> messages
 */
import type { Server } from 'node:http';
import { Hono } from 'hono';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Respond } from '../../src/base/http.ts';
import type { Timetable } from '../control/deliver.ts';
import { appOfToken, bearer } from './api/access.ts';
import { apiRoutes } from './api/api.ts';
import { fileRoutes } from './api/file-methods.ts';
import { SlackError } from './api/method.ts';
import { createDeliveries, type SlackDelivery } from './events/deliver.ts';
import { responseRoutes } from './events/interactions.ts';
import { createRequestUrl } from './events/request-url.ts';
import { createSocketMode, type DisconnectReason, type SocketFaults } from './events/socket.ts';
import type { Channel, SlackApp } from './model.ts';
import { visitorIn } from './pages/visitor.ts';
import { appNamed, newId, newState, type State } from './state.ts';
import { newWorld } from './world.ts';

export interface Slack {
  fetch: Respond;
  /** The name of the app whose token a request carries. */
  appOf(request: Request): string;
  /** Takes the connections of Socket Mode on this server, which answers at `baseUrl`. */
  attach(server: Server, baseUrl: string): void;
  state: State;
  /** An app by its name, `default` if none is given. */
  app(name?: string): SlackApp;
  /** Makes a channel, with the app's bot and these people in it. */
  addChannel(channel: NewChannel): Channel;
  /** Ends all connections of an app as Slack does. */
  disconnect(reason: DisconnectReason, app?: string): void;
  /** Cuts all connections of an app without a word. */
  cut(app?: string): void;
  connections(app?: string): number;
  /** Resolves when the app has that many connections. */
  connected(count?: number, app?: string): Promise<void>;
  /** From now on all tokens of the app are refused with this error; without one they are good again. */
  refuseTokens(error?: string, app?: string): void;
  /** Sends the app's events to this address by signed requests, once it has answered the challenge; undefined goes back to Socket Mode. */
  setRequestUrl(url: string | undefined, app?: string): Promise<void>;
  /** Brings any event to an app. */
  send(event: Record<string, unknown>, app?: string): void;
  /** What was delivered to apps, oldest first. */
  deliveries(): SlackDelivery[];
  /** Resolves when all events so far are taken or given up. */
  idle(): Promise<void>;
  /** When each copy of the nth event is sent, or what is wrong with new connections; with neither all is well again. */
  misbehave(how?: { timetable?: Timetable; sockets?: SocketFaults }): void;
  /** Interactions, for those who act as people. */
  interact(app: SlackApp, payload: Record<string, unknown>): Promise<unknown>;
  /** How long an app may take, and how long an event waits before it comes again. */
  times: Times;
  close(): void;
}

export interface NewChannel {
  name: string;
  /** Without one, any free id. */
  id?: string | undefined;
  members?: readonly string[] | undefined;
  app?: string | undefined;
}

export interface Times {
  /** Within this an app must take what it is sent. */
  ackMs: number;
  /** The pauses before the second, third and fourth delivery. */
  retryMs: readonly number[];
}

export interface SlackOptions {
  clock?: Clock;
  times?: Partial<Times>;
}

const usualTimes: Times = { ackMs: 3_000, retryMs: [0, 60_000, 300_000] };

/** The name of the app whose token a request carries; empty if it carries none. */
function appOfRequest(state: State, request: Request): string {
  try {
    return appOfToken(state, bearer(request.headers.get('authorization') ?? undefined)).app.name;
  } catch (error) {
    if (error instanceof SlackError) return '';
    throw error;
  }
}

function addChannel(state: State, { name, id = newId('C'), members = [], app = 'default' }: NewChannel): Channel {
  const { team, botUser } = appNamed(state, app);
  if (state.channels.some((each) => each.id === id || (each.name === name && each.team === team))) {
    throw new Error(`there is a channel ${name} or ${id} already`);
  }
  const all = new Set([botUser, ...members]);
  const channel: Channel = { id, team, name, kind: 'channel', members: all, messages: [], lastTs: '' };
  state.channels.push(channel);
  return channel;
}

/** One Slack for all workspaces; who speaks is known by the token. */
export function createSlack({ clock = systemClock, times: wanted = {} }: SlackOptions = {}): Slack {
  const closing = new AbortController();
  const times = { ...usualTimes, ...wanted };
  let baseUrl = 'http://slack';
  const socket = createSocketMode({ baseUrl: () => baseUrl, ackMs: () => times.ackMs });
  const requestUrl = createRequestUrl({ clock, answerMs: () => times.ackMs, signal: closing.signal });
  const retryMs = () => times.retryMs;
  const deliveries = createDeliveries({
    clock,
    state: () => state,
    socket,
    requestUrl,
    retryMs,
    signal: closing.signal,
  });
  const state: State = newState(newWorld(), clock, () => baseUrl, deliveries.tell);
  const app = (name = 'default') => appNamed(state, name);

  const routes = new Hono();
  routes.route('/api', apiRoutes(state, socket));
  routes.route('/actions', responseRoutes(state));
  routes.route(
    '/',
    fileRoutes(state, (c) => visitorIn(state, c).id),
  );
  routes.onError((error) => Response.json({ ok: false, error: 'fatal_error', detail: error.message }, { status: 500 }));

  return {
    fetch: (request) => routes.fetch(request),
    appOf: (request) => appOfRequest(state, request),
    attach(server, url) {
      baseUrl = url;
      socket.attach(server);
    },
    state,
    app,
    addChannel: (channel) => addChannel(state, channel),
    disconnect: (reason, name) => socket.disconnect(app(name), reason),
    cut: (name) => socket.cut(app(name)),
    connections: (name) => socket.connections(app(name)),
    connected: (count = 1, name = 'default') => socket.connected(app(name), count),
    refuseTokens(error, name = 'default') {
      if (error === undefined) state.dead.delete(app(name).name);
      else state.dead.set(app(name).name, error);
    },
    setRequestUrl: async (url, name) =>
      url === undefined ? requestUrl.clear(app(name)) : requestUrl.set(app(name), url),
    send: (event, name) => deliveries.send(app(name), event),
    deliveries: deliveries.list,
    idle: deliveries.idle,
    misbehave(how = {}) {
      if (how.timetable || !how.sockets) deliveries.misbehave(how.timetable);
      if (how.sockets || !how.timetable) socket.misbehave(how.sockets);
    },
    interact: deliveries.interact,
    times,
    close() {
      closing.abort();
      socket.close();
    },
  };
}
