/**
 * All agents of a workspace as they are now: each is either valid or refused with its faults. A faulty agent never affects another
 * one.
 *
 * folders -> stamp (changed?) -> load -> overlaps between agents -> states
 */
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Refusal } from '../refusal.ts';
import type { Agent } from './agent.ts';
import type { AgentId } from './agent-id.ts';
import { configFileName } from './config/file.ts';
import { stampOf } from './digest.ts';
import { type Fault, fault, refusalOf } from './fault.ts';
import { type FoundAgents, findAgents } from './find-agents.ts';
import { loadAgent } from './load-agent.ts';
import { fingerprintsOf, type Holdings, overlapsOf } from './tenants-apart.ts';

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
}

/** Holds keyed hashes instead of secrets; the secrets themselves are not kept. */
interface Known {
  readonly stamp: string;
  readonly loaded: Holdings | { faults: [Fault, ...Fault[]] };
}

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

/** `home` replaces `~`. Reads all agents at once; after that the caller polls `refresh`. */
export function createAgentStore({ root, home = homedir() }: { root: string; home?: string }): AgentStore {
  // Each process creates its own key, so a fingerprint is useless outside this process.
  const key = randomBytes(32);
  let known = new Map<string, Known>();
  let states = new Map<string, AgentState>();

  function look(id: AgentId, agentFolders: readonly string[]): Known {
    const stamp = stampOf(root, id);
    const before = known.get(id);
    if (before?.stamp === stamp) return before;
    const loaded = loadAgent({ root, home, id, agentFolders });
    if ('faults' in loaded) return { stamp, loaded };
    const { agent, secrets } = loaded;
    return { stamp, loaded: { agent, fingerprints: fingerprintsOf(secrets, agent.config, key) } };
  }

  function refresh(): string[] {
    const found = findAgents(root);
    const agentFolders = found.ids.map((id) => join(root, id));
    const entries = new Map(found.ids.map((id) => [id, look(id, agentFolders)]));
    const overlaps = overlapsOf([...entries.values()].flatMap(({ loaded }) => ('faults' in loaded ? [] : loaded)));
    const next = [...entries].map(([id, { loaded }]) => stateOf(id, loaded, overlaps.get(id)));
    const before = states;
    states = new Map([...next, ...found.misnamed.map(misnamedState)].map((state) => [state.id, state]));
    const changed = [...new Set([...before.keys(), ...states.keys()])].filter((id) => {
      const sameFiles = known.get(id) === entries.get(id as AgentId);
      return !sameFiles || whyRefused(before.get(id)) !== whyRefused(states.get(id));
    });
    known = entries;
    return changed;
  }

  refresh();
  return { list: () => [...states.values()], get: (id) => states.get(id), refresh };
}
