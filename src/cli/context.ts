/** What every command works with: settings, agents, store and broker of one workspace, each opened on first use. */
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { AgentState, AgentStore, Remembered } from '../agents/agent-store.ts';
import { systemClock } from '../base/clock.ts';
import { isMissing } from '../base/files.ts';
import type { Broker } from '../broker/broker.ts';
import { knownAgent } from '../operate/known-agent.ts';
import { type Outbound, openOutbound } from '../outbound/outbound.ts';
import { isRefusal } from '../refusal.ts';
import { readSettings, type Settings } from '../settings.ts';
import { openStore, type Store } from '../store/database/database.ts';
import { agentsOf, stateFolderOf } from '../supervisor/nodes/state.ts';
import { brokerOver } from '../supervisor/supervisor.ts';
import { CommandFailure, granted } from './failure.ts';
import type { Print } from './print.ts';
import type { Ask } from './setup/ask.ts';

export interface Context {
  readonly print: Print;
  /** How to ask the person at the keyboard; undefined if nobody can answer. */
  readonly ask: (() => Promise<Ask>) | undefined;
  now(): number;
  settings(): Settings;
  /** The way to other systems, the same as a worker's. */
  outbound(): Outbound;
  agents(): AgentStore;
  /** The agent with this id, with or without faults. Fails if there is no such agent. */
  agent(id: string): AgentState;
  /** Reads what a database that is not in the workspace remembers of agents, before the command asks for them. */
  prepare(): Promise<void>;
  store(): Promise<Store>;
  broker(): Promise<Broker>;
  /** The person at the keyboard, as messages and audit entries name them. */
  person(): string;
  /** Closes what was opened. */
  close(): Promise<void>;
}

export interface ContextOptions {
  print: Print;
  ask?: Context['ask'];
  /** The value of --root, read when a command needs it. */
  root: () => string | undefined;
}

/** Commands are run from here, and whoever forgets --root then means another folder. */
const ownFolder = join(import.meta.dirname, '../..');

/** The user's name; a user without an entry in the system's list is named by number. */
function personName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.()}`;
  }
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export function createContext({ print, ask, root }: ContextOptions): Context {
  const settings = once(() => {
    const read = granted(readSettings({ root: root() }));
    const isFolder = statSync(read.root, { throwIfNoEntry: false })?.isDirectory();
    if (!isFolder)
      throw new CommandFailure(
        `The workspace ${read.root} is not a folder. Name one with --root, or create one with \`jvagent init\`.`,
      );
    if (read.root === ownFolder)
      throw new CommandFailure(
        `${read.root} is jvagent's own folder and no workspace. Name your workspace with --root DIR or JVAGENT_ROOT.`,
      );
    return read;
  });
  let memory: Remembered | undefined;
  const agents = once(() => {
    const known = memory;
    return agentsOf(settings(), systemClock, known && (() => known));
  });
  let opened: Promise<Store> | undefined;
  const store = () => {
    const { root, databaseUrl: url } = settings();
    const marks = [join(root, '.env'), stateFolderOf(root)];
    if (url === undefined && agents().list().length === 0 && marks.every(isMissing))
      throw new CommandFailure(
        `${root} is not a workspace: it has no agent, no .env and no state. Name yours with --root, or make one with \`jvagent init\`.`,
      );
    opened ??= openStore({ folder: join(stateFolderOf(root), 'state'), url, clock: systemClock });
    return opened;
  };
  return {
    print,
    ask,
    now: () => systemClock.now(),
    settings,
    outbound: once(() => openOutbound(settings().outbound)),
    agents,
    agent(id) {
      return granted(knownAgent(agents(), id));
    },
    async prepare() {
      const read = readSettings({ root: root() });
      if (isRefusal(read) || read.databaseUrl === undefined) return;
      memory = await (await store()).holdings.remembered();
    },
    store,
    broker: async () => brokerOver(await store(), agents(), systemClock),
    person: once(personName),
    close: async () =>
      opened?.then(
        (open) => open.close(),
        () => {},
      ),
  };
}
