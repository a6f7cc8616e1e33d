/** The state of a node: the database that all nodes share, and the agents by this node's files. */
import { createHmac, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type AgentStore, createAgentStore, type Remembered } from '../../agents/agent-store.ts';
import type { Clock } from '../../base/clock.ts';
import type { Settings } from '../../settings.ts';
import { ensureHashKey, hashKeyIn, rememberedIn } from '../../store/agents/holdings.ts';
import { rememberMoved } from '../../store/database/backups/moved.ts';
import { openStore, type Store } from '../../store/database/database.ts';
import { aloneWithState, createMembership, type Membership } from './membership.ts';

/** Where the platform keeps its state in a workspace. */
export function stateFolderOf(root: string): string {
  return join(root, '.jvagent');
}

const databaseFolderOf = (root: string) => join(stateFolderOf(root), 'state');

type AgentSettings = Pick<Settings, 'root' | 'home'> & Partial<Pick<Settings, 'databaseUrl' | 'hookKey'>>;

/** Nodes that share a database share the key, so that what each of them hashes is comparable. */
const sharedKeyOf = (hookKey: string) => createHmac('sha256', hookKey).update('credentials of agents').digest();

function hashKeyOf({ root, databaseUrl, hookKey }: AgentSettings): Buffer | undefined {
  return databaseUrl !== undefined && hookKey ? sharedKeyOf(hookKey) : hashKeyIn(databaseFolderOf(root));
}

/**
 * The agents of a workspace, judged by what its state remembers; a command gets the same verdict as the platform. With PostgreSQL
 * `memory` is what it said last; SQLite is read at each look.
 */
export function agentsOf(settings: AgentSettings, clock: Pick<Clock, 'now'>, memory?: () => Remembered): AgentStore {
  const { root, home } = settings;
  const remembered = memory ?? (() => rememberedIn(databaseFolderOf(root)));
  return createAgentStore({ root, home, hashKey: hashKeyOf(settings), remembered, now: () => clock.now() });
}

export interface NodeState extends Membership {
  /** The name that this node's leases bear: unique for each start. */
  readonly owner: string;
  readonly store: Store;
  readonly agents: AgentStore;
  /** Reads what other nodes changed and the files of this one. Returns the ids of agents that changed. */
  refresh(): Promise<string[]>;
}

const debounceOf = (agents: AgentStore) => (agentId: string) => {
  const state = agents.get(agentId);
  return state && 'agent' in state ? state.agent.config.autoRun.debounceMs : 0;
};

/** Opens the state for a supervisor. Throws OutsideError if the database cannot be opened. */
export async function openState(settings: Settings, clock: Clock): Promise<NodeState> {
  const { root, databaseUrl: url } = settings;
  const folder = databaseFolderOf(root);
  ensureHashKey(folder);
  let agents: AgentStore | undefined;
  const debounceMsOf = (agentId: string) => (agents ? debounceOf(agents)(agentId) : 0);
  const store = await openStore({ folder, url, clock, debounceMsOf });
  if (url !== undefined) rememberMoved(folder, url);
  let memory = await store.holdings.remembered();
  agents = agentsOf(settings, clock, () => memory);
  await store.holdings.replace(agents.held());
  // Alone with this state: whoever had a turn works no more.
  if (url === undefined) await store.sessions.giveBack();
  const known = agents;
  const owner = randomUUID();
  const member = { nodes: store.nodes, agents: known, owner, root, key: hashKeyOf(settings) };
  return {
    owner,
    ...(url === undefined ? aloneWithState : createMembership(member)),
    store,
    agents: known,
    async refresh() {
      memory = await store.holdings.remembered();
      const changed = known.refresh();
      await store.holdings.replace(known.held());
      return changed;
    },
  };
}
