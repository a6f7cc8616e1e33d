/** All that the emulated Slack remembers, and how its parts are found; everything is forgotten when it stops. */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../../src/base/clock.ts';
import type { AgentSession, Channel, Ephemeral, OpenView, SlackApp, SlackFile, SlackUser, Team } from './model.ts';
import type { World } from './world.ts';

/** An event in a channel, before it is put into each app's envelope. */
export type Tell = (channel: Channel, event: Record<string, unknown>, subscription: string) => void;

export interface Stored {
  file: SlackFile;
  bytes: Buffer;
  /** How long the upload said it would be. */
  length: number;
  isComplete: boolean;
}

/** The right to open a modal, for three seconds after a person did something. */
export interface Trigger {
  app: string;
  user: string;
  at: number;
  isUsed: boolean;
}

/** Where an app may still answer an interaction: five times within thirty minutes. */
export interface ResponseUrl {
  app: string;
  user: string;
  channel: string;
  messageTs: string;
  at: number;
  uses: number;
}

export interface State extends World {
  clock: Clock;
  /** The emulator's own address, without a slash at the end. */
  baseUrl: () => string;
  tell: Tell;
  ephemerals: Ephemeral[];
  files: Map<string, Stored>;
  sessions: Map<string, AgentSession>;
  views: Map<string, OpenView>;
  triggers: Map<string, Trigger>;
  responseUrls: Map<string, ResponseUrl>;
  /** Why the tokens of an app are refused, by its name: `invalid_auth`, `token_revoked`, ... */
  dead: Map<string, string>;
  /** How long a channel waits between two posts of an app before it answers 429, in milliseconds; 0 is never. */
  paceMs: number;
  /** When an app last posted in a channel. */
  posted: Map<string, number>;
}

/** A new id in Slack's form, such as `Ev0A1B2C3D4E`. */
export const newId = (prefix: string): string => `${prefix}0${randomBytes(5).toString('hex').toUpperCase()}`;

export function newState(world: World, clock: Clock, baseUrl: () => string, tell: Tell): State {
  return {
    ...world,
    clock,
    baseUrl,
    tell,
    ephemerals: [],
    files: new Map(),
    sessions: new Map(),
    views: new Map(),
    triggers: new Map(),
    responseUrls: new Map(),
    dead: new Map(),
    paceMs: 0,
    posted: new Map(),
  };
}

function found<T>(thing: T | undefined, what: string): T {
  if (thing === undefined) throw new Error(`the emulated Slack has no ${what}`);
  return thing;
}

export const userOf = (state: State, id: string): SlackUser =>
  found(
    state.users.find((user) => user.id === id),
    `user ${id}`,
  );

export const appNamed = (state: State, name: string): SlackApp =>
  found(
    state.apps.find((app) => app.name === name || app.id === name),
    `app ${name}`,
  );

export const appOfBot = (state: State, user: string): SlackApp | undefined =>
  state.apps.find(({ botUser }) => botUser === user);

export const teamOf = (state: State, id: string): Team =>
  found(
    state.teams.find((team) => team.id === id),
    `team ${id}`,
  );

/** The channel by its id, or by its name (with or without `#`) for people of that team. */
export function channelOf(state: State, idOrName: string, team?: string): Channel {
  const name = idOrName.replace(/^#/, '');
  const byName = (channel: Channel) => channel.name === name && (team === undefined || channel.team === team);
  const channel = state.channels.find(({ id }) => id === idOrName) ?? state.channels.find(byName);
  return found(channel, `channel ${idOrName}`);
}

/** The direct messages of a person with an app's bot; opened if need be, always with the same id. */
export function directChannel(state: State, user: string, app: SlackApp): Channel {
  const id = `D0${user.slice(2)}${app.name === 'default' || app.name === 'globex' ? '' : app.name.toUpperCase()}`;
  const before = state.channels.find((channel) => channel.id === id);
  if (before) return before;
  const members = new Set([user, app.botUser]);
  const opened: Channel = { id, team: app.team, name: '', kind: 'im', members, messages: [], lastTs: '' };
  state.channels.push(opened);
  return opened;
}

/** The next timestamp of a channel, which is unique in that channel alone, as on Slack. */
export function nextTs(state: State, channel: Channel): string {
  const now = BigInt(Math.trunc(state.clock.now())) * 1000n;
  const last = channel.lastTs === '' ? 0n : BigInt(channel.lastTs.replace('.', ''));
  const micros = String(now > last ? now : last + 1n).padStart(16, '0');
  channel.lastTs = `${micros.slice(0, -6)}.${micros.slice(-6)}`;
  return channel.lastTs;
}
