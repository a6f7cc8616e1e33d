/** One agent's way out for a command that only looks: its secrets and connectors, and a repository folder that is gone afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../agents/agent.ts';
import type { AgentId } from '../agents/agent-id.ts';
import { refusalOf } from '../agents/fault.ts';
import { loadAgent } from '../agents/load-agent.ts';
import { secretsToHide } from '../agents/secrets/credentials.ts';
import type { Secrets } from '../agents/secrets/secrets.ts';
import { systemClock } from '../base/clock.ts';
import { createRedact, type Redact } from '../base/redact.ts';
import { type Connections, connect } from '../connections/connect.ts';
import type { Refusal } from '../refusal.ts';
import type { Context } from './context.ts';
import { failureOf } from './failure.ts';

export interface OwnConnections {
  agent: Agent;
  secrets: Secrets;
  redact: Redact;
  /** Why there are none. */
  connections: Connections | Refusal;
}

/** `reads` changes what the connectors are told of the configuration, for a look that goes beyond it. */
export async function withConnections<T>(
  context: Context,
  id: string,
  use: (own: OwnConnections) => Promise<T>,
  reads: (agent: Agent) => Agent = (agent) => agent,
): Promise<T> {
  const { root, home, allowLoopback } = context.settings();
  const state = context.agent(id);
  if ('refusal' in state) throw failureOf(state.refusal);
  const loaded = loadAgent({ root, home, id: state.id as AgentId, agentFolders: [join(root, state.id)] });
  if ('faults' in loaded) throw failureOf(refusalOf(id, loaded.faults));
  const { agent, secrets } = loaded;
  const redact = createRedact(secretsToHide(secrets, agent.config));
  const repositoryFolder = mkdtempSync(join(tmpdir(), 'jvagent-'));
  try {
    const wanted = { agent: reads(agent), secrets, redact, clock: systemClock, repositoryFolder, allowLoopback };
    return await use({ agent, secrets, redact, connections: await connect(wanted) });
  } finally {
    rmSync(repositoryFolder, { recursive: true, force: true });
  }
}
