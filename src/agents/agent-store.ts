/**
 * All agents of a workspace as they are now: each is either valid or refused with its faults. A faulty agent never affects another
 * one.
 *
 * folders -> stamp (changed?) -> load -> claims -> overlaps between agents -> states
 */
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isMissing } from '../base/files.ts';
import type { Refusal } from '../refusal.ts';
import type { Agent } from './agent.ts';
import type { AgentId } from './agent-id.ts';
import { claimsOf, type StatedClaim } from './apart/claims.ts';
import type { Holding } from './apart/holdings.ts';
import { judge, type Tenant, type Verdict } from './apart/verdict.ts';
import { configFileName } from './config/file.ts';
import { stampOf } from './digest.ts';
import { type Fault, fault, refusalOf } from './fault.ts';
import { type FoundAgents, findAgents } from './find-agents.ts';
import { loadAgent } from './load-agent.ts';
import { heldBy, type Trusted } from './trust.ts';

export type AgentState =
  | { readonly id: AgentId; readonly agent: Agent }
  /** The id is the folder's path, even if that path is not a valid agent id. */
  | { readonly id: string; readonly faults: readonly [Fault, ...Fault[]]; readonly refusal: Refusal };

export interface AgentStore {
  /** Sorted by id. */
  list(): AgentState[];
  get(id: string): AgentState | undefined;
  /** Reads the files again. Returns the ids of agents that were added, removed or changed since the last read. */
  refresh(): string[];
  /** What each agent has for itself, by the last read; to be remembered by whoever may write the state. */
  held(): readonly Holding[];
}

/** What the state remembers of agents, as it is now. */
export interface Remembered {
  readonly holdings: readonly Holding[];
  /** By agent id. */
  readonly trusted: ReadonlyMap<string, Trusted>;
}

export interface AgentStoreOptions {
  readonly root: string;
  /** Replaces `~`. */
  readonly home?: string;
  /** Makes the hashes of credentials comparable with remembered ones. Without it they are useless outside this process. */
  readonly hashKey?: Buffer | undefined;
  /** Asked at each read. Without it nothing is remembered. */
  readonly remembered?: () => Remembered;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Holds keyed hashes instead of secrets; the secrets themselves are not kept. */
interface Known {
  readonly stamp: string;
  readonly loaded: { agent: Agent; claims: StatedClaim[] } | { faults: [Fault, ...Fault[]] };
}

const nothing: Remembered = { holdings: [], trusted: new Map() };

function refusedState(id: string, faults: readonly [Fault, ...Fault[]]): AgentState {
  return { id, faults, refusal: refusalOf(id, faults) };
}

function misnamedState({ path, refusal: { refused, why, fix } }: FoundAgents['misnamed'][number]): AgentState {
  return refusedState(path, [fault(refused, `${path}/${configFileName}`, why, { fix })]);
}

function stateOf(id: AgentId, loaded: Known['loaded'], overlap: [Fault, ...Fault[]] | undefined): AgentState {
  if ('faults' in loaded) return refusedState(id, loaded.faults);
  return overlap ? refusedState(id, overlap) : { id, agent: loaded.agent };
}

function whyRefused(state: AgentState | undefined): string | undefined {
  return state && 'refusal' in state ? state.refusal.why : undefined;
}

function tenantsOf(entries: ReadonlyMap<AgentId, Known>, { trusted }: Remembered): Tenant[] {
  return [...entries].flatMap(([id, { loaded }]) => {
    if ('faults' in loaded) return [];
    const { agent, claims } = loaded;
    return [{ id, claims, pushes: agent.config.git !== undefined, isTrusted: !heldBy(trusted.get(id), agent) }];
  });
}

/** Everything that a verdict depends on, as one text. */
function questionOf(
  tenants: readonly Tenant[],
  held: readonly Holding[],
  entries: ReadonlyMap<AgentId, Known>,
): string {
  return [
    ...tenants.map(({ id, isTrusted }) => `${id} ${isTrusted} ${entries.get(id)?.stamp}`),
    ...held.map(({ agentId, kind, key, since }) => `${agentId} ${kind} ${key} ${since}`),
  ].join('\n');
}

/** Reads all agents at once; after that the caller polls `refresh`. */
export function createAgentStore(options: AgentStoreOptions): AgentStore {
  const { root, home = homedir(), hashKey = randomBytes(32), remembered = () => nothing, now = Date.now } = options;
  let known = new Map<AgentId, Known>();
  let states = new Map<string, AgentState>();
  let asked: string | undefined;
  let verdict: Verdict = { overlaps: new Map(), held: [] };

  function look(id: AgentId, agentFolders: readonly string[]): Known {
    const stamp = stampOf(root, id);
    const before = known.get(id);
    if (before?.stamp === stamp) return before;
    const loaded = loadAgent({ root, home, id, agentFolders });
    if ('faults' in loaded) return { stamp, loaded };
    const { agent, secrets, at } = loaded;
    return { stamp, loaded: { agent, claims: claimsOf(agent, secrets, { hashKey, at }) } };
  }

  /** An agent whose folder is gone holds nothing any more. One that cannot be read still does. */
  function stillHeld({ holdings }: Remembered): Holding[] {
    const gone = new Set(
      [...new Set(holdings.map(({ agentId }) => agentId))].filter((id) => isMissing(join(root, id))),
    );
    return holdings.filter(({ agentId }) => !gone.has(agentId));
  }

  function refresh(): string[] {
    const found = findAgents(root);
    const agentFolders = found.ids.map((id) => join(root, id));
    const entries = new Map(found.ids.map((id) => [id, look(id, agentFolders)]));
    const memory = remembered();
    const [tenants, holdings] = [tenantsOf(entries, memory), stillHeld(memory)];
    const question = questionOf(tenants, holdings, entries);
    // Mostly nothing has changed since the last look, and a workspace can have a thousand agents.
    if (question !== asked) verdict = judge(tenants, holdings, now());
    asked = question;
    const next = [...entries].map(([id, { loaded }]) => stateOf(id, loaded, verdict.overlaps.get(id)));
    const before = states;
    states = new Map([...next, ...found.misnamed.map(misnamedState)].map((state) => [state.id, state]));
    const changed = [...new Set([...before.keys(), ...states.keys()])].filter((id) => {
      const sameFiles = known.get(id as AgentId) === entries.get(id as AgentId);
      return !sameFiles || whyRefused(before.get(id)) !== whyRefused(states.get(id));
    });
    known = entries;
    return changed;
  }

  refresh();
  return { list: () => [...states.values()], get: (id) => states.get(id), refresh, held: () => verdict.held };
}
