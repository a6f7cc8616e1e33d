/**
 * Which agent had something first, as the state remembers it. That agent goes on when another one claims the same.
 *
 * A slip in a file takes nothing and gives nothing up: only a sound and trusted agent that shares nothing does.
 */
import type { Claim } from './claims.ts';

/** One remembered claim. */
export interface Holding extends Claim {
  readonly agentId: string;
  /** Milliseconds since 1970. */
  readonly since: number;
}

const isSame = (a: Claim, b: Claim) => a.kind === b.kind && a.key === b.key;

/** What each agent holds. */
export interface Holdings {
  /** All remembered claims of an agent. */
  of(agentId: string): readonly Holding[];
  /** Since when the agent has held this, milliseconds since 1970; undefined if it does not. */
  since(agentId: string, claim: Claim): number | undefined;
  /** Whether the agent may push, as far as it is remembered. */
  pushes(agentId: string): boolean;
}

export function holdingsIn(all: readonly Holding[]): Holdings {
  const byAgent = Map.groupBy(all, ({ agentId }) => agentId);
  const of = (agentId: string) => byAgent.get(agentId) ?? [];
  return {
    of,
    since: (agentId, claim) => of(agentId).find((holding) => isSame(holding, claim))?.since,
    pushes: (agentId) => of(agentId).some(({ kind }) => kind === 'target-branch'),
  };
}

/** The holdings of one agent after its claims counted: what it held before keeps its time. */
export function takenBy(agentId: string, claims: readonly Claim[], before: Holdings, now: number): Holding[] {
  return claims.map(({ kind, key }) => {
    return { agentId, kind, key, since: before.since(agentId, { kind, key }) ?? now };
  });
}
