/**
 * Why nothing may go out now, asked right before a permit is minted: what a person can withdraw at any moment stands here.
 *
 * lease -> configuration -> pause -> for a deployment: freeze -> another running one -> hold
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';
import { holdRefusal, pauseOf } from '../status/agent-standing.ts';
import type { Store } from '../store/database/database.ts';
import { turnIsOver } from '../store/fence.ts';
import { frozenUntil } from '../work-items/gate/freeze.ts';
import type { OtherMerge } from '../work-items/gate/merge-rules.ts';
import type { AnyPermitKind } from '../work-items/gate/permit.ts';
import { msHeld } from './nodes/leases.ts';
import type { RunningTurn } from './running-turn.ts';

export interface PermitBlocksOptions {
  store: Pick<Store, 'agents' | 'platform' | 'sessions' | 'sessionLists' | 'shared'>;
  clock: Pick<Clock, 'now'>;
}

export interface PermitBlocks {
  blocked(turn: RunningTurn, kind: AnyPermitKind): Promise<Refusal | undefined>;
  /** The merges of other items of the turn's agent that are on their way to its instance. */
  otherMerges(turn: RunningTurn): Promise<OtherMerge[]>;
}

function freezeOf({ agent }: RunningTurn, now: number): Refusal | undefined {
  const until = frozenUntil(agent.config.instance?.deploy.freeze ?? [], now);
  if (until === undefined) return undefined;
  return { ...refuse('FREEZE', `nothing is deployed until ${new Date(until).toISOString()}`), until };
}

export function createPermitBlocks({ store, clock }: PermitBlocksOptions): PermitBlocks {
  /** A permit is over before the lease is, however late the permit is used. */
  async function leaseLost(turn: RunningTurn): Promise<Refusal | undefined> {
    const isHeld = !turn.isLost && msHeld(turn.sinceRenewed) >= limits.permitSeconds * 1_000;
    const isOver = !isHeld || !(await store.sessions.holds(turn));
    return isOver ? turnIsOver(turn) : undefined;
  }

  /** The other sessions of the turn's agent whose merge is on its way to the instance. */
  async function onTheirWay({ agentId, sessionId: own }: RunningTurn) {
    const deploying = await store.sessionLists.inPhase('deploying', agentId);
    return deploying.filter(({ sessionId }) => sessionId !== own);
  }

  /** Only one turn of all nodes at a time can change an instance: from now on it is this turn, until the outcome is stored. */
  async function takeInstance(turn: RunningTurn): Promise<Refusal | undefined> {
    const busy = await store.shared.takeInstance(turn);
    turn.isDeploying = busy === undefined;
    if (busy === undefined) return undefined;
    return refuse('OVERLAP', `${busy} is being deployed to the same instance`, 'Nothing to do: it follows.');
  }

  return {
    async blocked(turn, kind) {
      const { agentId, agent } = turn;
      const [lost, memory, platformPausedAt] = await Promise.all([
        leaseLost(turn),
        store.agents.get(agentId),
        store.platform.pausedAt(),
      ]);
      const isTrusted = memory.trusted?.digest === agent.digest;
      const untrusted = isTrusted ? undefined : refuse('CONFIG_UNTRUSTED', `${agentId}: its configuration changed`);
      const stopped = lost ?? untrusted ?? pauseOf(agentId, memory.pausedAt, platformPausedAt);
      if (stopped || (kind !== 'deploy' && kind !== 'rollback')) return stopped;
      const frozen = kind === 'deploy' ? freezeOf(turn, clock.now()) : undefined;
      return (
        frozen ??
        (await takeInstance(turn)) ??
        (kind === 'deploy' && memory.hold ? holdRefusal(agentId, memory.hold) : undefined)
      );
    },
    async otherMerges(turn) {
      // One that a hold keeps back goes nowhere: what contains the revert too may go before it.
      const going = (await onTheirWay(turn)).filter(({ waits }) => waits?.refused !== 'HOLD');
      const items = going.flatMap(({ item }) => item ?? []);
      return items.flatMap(({ workItemId, deployment }) =>
        deployment ? [{ workItemId, mergedSha: deployment.mergedSha }] : [],
      );
    },
  };
}
