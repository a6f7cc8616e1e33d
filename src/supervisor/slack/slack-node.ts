/**
 * The Slack side of a node: every app with its connection, as the files say it now.
 *
 * events of socket, hook and catch-up -> normalised -> inbox -> told to Slack -> the inbox loop
 */
import { type Loop, startLoop } from '../../base/loop.ts';
import {
  defaultApp,
  readSlackApps,
  type SlackApp,
  type SlackAppFault,
  type SlackApps,
  tokensInEnv,
  withNewTokens,
} from '../../connectors/slack/apps.ts';
import { createReads, type SlackReads } from '../../connectors/slack/reads.ts';
import { connectSocket } from '../../connectors/slack/socket.ts';
import { createWebClients, type WebClients } from '../../connectors/slack/web-clients.ts';
import { type Normalised, normalise, type SlackSelf } from '../../conversations/slack-event.ts';
import { startOf } from '../../documents/cut.ts';
import { limits } from '../../limits.ts';
import { type Outbound, openOutbound } from '../../outbound/outbound.ts';
import { refuse } from '../../refusal.ts';
import type { Settings } from '../../settings.ts';
import type { Node } from '../node.ts';
import { type AppConnection, keepConnected } from './app-connection.ts';
import { createCatchUp } from './catch-up.ts';

export interface ConnectedApp {
  readonly app: SlackApp;
  readonly clients: WebClients;
  readonly reads: SlackReads;
  /** Who the app is, once Slack has said it. */
  self(): SlackSelf | undefined;
}

export interface SlackNode {
  /** Whether an app had a signing secret at the start. */
  readonly takesHooks: boolean;
  /** Connects every app, and follows changes of their files. */
  start(): void;
  of(app: string): ConnectedApp | undefined;
  /** The apps whose messages can be read: Slack has said who they are, and what they missed is here. */
  ready(): readonly ConnectedApp[];
  /** Stores the body of an event or an interaction that came for an app. Rejects if that is not possible now. */
  take(app: string, body: unknown): Promise<void>;
  stop(): Promise<void>;
}

type SlackPart = Pick<Node, 'store' | 'agents' | 'clock' | 'log' | 'onFault'>;

interface Running extends ConnectedApp {
  readonly connection: AppConnection;
  /** As it was told last. */
  readonly isConnected: () => boolean;
  /** Changes with the app's tokens. */
  readonly stamp: string;
}

/** The channels in which agents of the app are heard. */
function channelsOf(agents: SlackPart['agents'], app: string): string[] {
  const heard = agents.list().flatMap((state) => {
    const slack = 'agent' in state ? state.agent.config.slack : undefined;
    if (!slack || (slack.app ?? defaultApp) !== app) return [];
    return [...slack.channels, ...(slack.statusChannel ? [slack.statusChannel] : [])];
  });
  return [...new Set(heard)];
}

/** What another program writes in an agent's thread is never heard, and the session's log says so. */
async function leave({ store, clock, log }: SlackPart, app: string, left: Extract<Normalised, { drop: string }>) {
  const { drop: why, by } = left;
  log.debug({ app }, `not taken from Slack: ${why}`);
  const thread = by && (await store.threads.get({ app, channel: by.channel, root: by.root }));
  if (!thread) return;
  const { agentId, sessionId, channel } = thread;
  const text = `in ${channel}: ${JSON.stringify(startOf(by.text, limits.ignoredTextCharsMax))}: ${why}`;
  await store.log.append({ agentId, sessionId }, [{ at: clock.now(), kind: 'ignored', text }]);
}

/** Lets what concerns us into the inbox; what is not for us ends here. `again` asks once more whether the app still works. */
async function receive(part: SlackPart, self: SlackSelf, body: unknown, again: () => void): Promise<void> {
  const { inbox } = part.store;
  const read = normalise(self, body);
  if ('revoked' in read) return again();
  if ('drop' in read) return leave(part, self.app, read);
  if ('changed' in read) return inbox.change(self.app, read.changed);
  await inbox.add(self.app, read.take);
}

const faultState = ({ app, code, file, line, message, fix }: SlackAppFault) => {
  const why = `${line === undefined ? file : `${file}:${line}`} ${message}`;
  return { app, state: 'dead', fault: refuse(code, why, fix) } as const;
};

interface Connecting extends SlackPart {
  outbound: Outbound;
  /** Takes what comes for an app. */
  take: (self: SlackSelf, body: unknown) => Promise<void>;
  /** Called after missed messages were let in. */
  onReceived: () => void;
}

/** Begins to keep an app connected. */
async function connect(parts: Connecting, app: SlackApp, stamp: string): Promise<Running> {
  const { store, agents, clock, log, onFault, outbound, take, onReceived } = parts;
  const { name, botToken: token, apiUrl, appToken = '' } = app;
  const clients = await createWebClients({ token, apiUrl, fetch: outbound.fetch });
  const reads = createReads(clients.read, name);
  const before = (await store.slackApps.list()).find((one) => one.app === name);
  const missed = createCatchUp({ reads, store, channels: () => channelsOf(agents, name), clock, log });
  let isConnected = false;
  const connection = keepConnected({
    app,
    identity: () => reads.identity(),
    connect: (self) =>
      connectSocket({ app: { name, apiUrl, appToken }, outbound, take: (body) => take(self, body), clock }),
    gap: {
      note: (self, since) => missed.note(self, since),
      read: (self) => missed.read(self).finally(onReceived),
      onCaughtUp: onReceived,
      lastConnectedAt: before?.team === undefined ? undefined : before.at,
    },
    setState(state) {
      isConnected = state.state === 'connected';
      return store.slackApps.set(state);
    },
    clock,
    log,
    onFault,
  });
  return { app, clients, reads, connection, stamp, isConnected: () => isConnected, self: () => connection.self() };
}

/** Starts, ends and replaces connections until they are as the files say. */
async function follow(parts: Connecting, running: Map<string, Running>, { apps, faults }: SlackApps): Promise<void> {
  const stamps = new Map(apps.map((app) => [app.name, JSON.stringify(app)]));
  for (const [name, { connection, stamp }] of running) {
    if (stamps.get(name) === stamp) continue;
    running.delete(name);
    await connection.stop();
  }
  for (const app of apps) {
    if (!running.has(app.name)) running.set(app.name, await connect(parts, app, stamps.get(app.name) ?? ''));
  }
  const { slackApps } = parts.store;
  const known = new Map((await slackApps.list()).map(({ app, fault }) => [app, fault?.why]));
  for (const { app, ...state } of faults.map(faultState)) {
    if (known.get(app) === state.fault.why) continue;
    parts.log.warn({ app }, state.fault.why);
    await slackApps.set({ app, ...state });
  }
  await slackApps.keepOnly([...apps.map(({ name }) => name), ...faults.map(({ app }) => app)]);
}

/** `onReceived` is called after something new is in the inbox. */
export function createSlackNode(node: SlackPart, settings: Settings, onReceived: () => void): SlackNode {
  const { clock } = node;
  const outbound = openOutbound(settings.outbound);
  const running = new Map<string, Running>();
  const tokensAtStart = tokensInEnv(settings.root);
  let files: Loop | undefined;
  let followed = '';

  async function take(self: SlackSelf, body: unknown): Promise<void> {
    await receive(node, self, body, () => running.get(self.app)?.connection.again());
    onReceived();
  }

  async function step(): Promise<void> {
    const found = readSlackApps(withNewTokens(settings, tokensAtStart));
    const now = JSON.stringify(found);
    if (now !== followed) await follow({ ...node, outbound, take, onReceived }, running, found);
    followed = now;
    for (const [app, { isConnected }] of running) {
      if (isConnected()) await node.store.slackApps.isConnected(app);
    }
  }

  return {
    takesHooks: readSlackApps(settings).apps.some(({ signingSecret }) => signingSecret !== undefined),
    start() {
      files = startLoop({ clock, pauseMs: limits.agentFilesPollMs, step, onError: node.onFault });
    },
    of: (app) => running.get(app),
    ready: () => [...running.values()].filter(({ connection }) => connection.isCaughtUp()),
    async take(app, body) {
      const self = running.get(app)?.self();
      if (!self) throw new Error(`the Slack app ${app} is not connected yet`);
      await take(self, body);
    },
    async stop() {
      await files?.stop();
      await Promise.all([...running.values()].map(({ connection }) => connection.stop()));
    },
  };
}
