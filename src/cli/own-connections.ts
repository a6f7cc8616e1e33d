/** One agent with its secrets for a command that only reads, and its connections with a repository folder that is removed afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CodeChangeAgent } from '../agents/agent.ts';
import type { AgentId } from '../agents/agent-id.ts';
import { refusalOf } from '../agents/fault.ts';
import { loadAgent } from '../agents/load-agent.ts';
import { secretsToHide } from '../agents/secrets/credentials.ts';
import { systemClock } from '../base/clock.ts';
import { OutsideError } from '../base/errors.ts';
import { createRedact } from '../base/redact.ts';
import type { OwnAgent } from '../checks/own-agent.ts';
import { type Connections, connect } from '../connections/connect.ts';
import { limits } from '../limits.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { Refusal } from '../refusal.ts';
import { outsideRefusal } from '../work-items/outside-refusal.ts';
import type { Context } from './context.ts';
import { failureOf } from './failure.ts';

/** A person waits for the answer: one that does not come soon is told as such. */
const patience = { ...limits, requestSecondsMax: 10, retriesMax: 1, retryWaitSecondsMax: 2 };

/** Fails if there is no such agent, or its faults disable it. */
export function ownAgent(context: Context, id: string): OwnAgent {
  const { root, home } = context.settings();
  const state = context.agent(id);
  if ('refusal' in state) throw failureOf(state.refusal);
  const loaded = loadAgent({ root, home, id: state.id as AgentId, agentFolders: [join(root, state.id)] });
  if ('faults' in loaded) throw failureOf(refusalOf(id, loaded.faults));
  const { agent, secrets } = loaded;
  return { agent, secrets, redact: createRedact(secretsToHide(secrets, agent.config)) };
}

type Use<T> = (connections: Connections | Refusal) => Promise<T>;

/** `use` gets the refusal if there are no connections. */
export function withConnections<T>(context: Context, own: OwnAgent<CodeChangeAgent>, use: Use<T>): Promise<T> {
  return connectOwn(own, { allowLoopback: context.settings().allowLoopback, outbound: context.outbound() }, use);
}

/** How an agent reaches its systems. `allowLoopback` allows the emulators, and nothing else. */
interface Way {
  readonly allowLoopback: boolean;
  readonly outbound: Outbound;
}

/** The same for an agent that is in no workspace yet. */
export async function connectOwn<T>(own: OwnAgent<CodeChangeAgent>, way: Way, use: Use<T>): Promise<T> {
  const repositoryFolder = mkdtempSync(join(tmpdir(), 'jvagent-'));
  try {
    return await use(
      await connect({ ...own, ...way, clock: systemClock, repositoryFolder, http: { limits: patience } }),
    );
  } finally {
    rmSync(repositoryFolder, { recursive: true, force: true });
  }
}

/** What was read, or why the other side did not give it, with the agent's own token named where that is the reason. */
export async function unlessOutside<T>(agentId: string, read: Promise<T>): Promise<T | Refusal> {
  return read.catch((error: unknown) => {
    if (error instanceof OutsideError) return outsideRefusal(error, agentId);
    throw error;
  });
}
