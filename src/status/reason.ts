/** Which of the refusals that an item met still keeps it, now: one that does not hold any more is not told. */
import { codes, type Refusal, withNames } from '../refusal.ts';
import { isOver } from '../work-items/phase.ts';
import { holdRefusal, stoppedBy } from './agent-standing.ts';
import { type AgentFacts, type ItemFacts, isDue, type SessionFacts } from './facts.ts';

const dayOf = (at: number) => Math.floor(at / 86_400_000);

/** Whether what a turn met when it came to rest is still so, as far as that can be told without asking the outside again. */
function stillHolds(refusal: Refusal, { record, platform }: AgentFacts, { lastActiveAt }: SessionFacts): boolean {
  const { now } = platform;
  if (refusal.system === 'model') return record.modelFault !== undefined || (refusal.until ?? 0) > now;
  switch (refusal.refused) {
    // Told by what is so now, before any of these is asked.
    case 'PAUSED':
    case 'CONFIG_UNTRUSTED':
    case 'GATE_LEASE':
      return false;
    case 'HOLD':
      return record.hold !== undefined;
    case 'FREEZE':
      return (refusal.until ?? now + 1) > now;
    case 'WORKERS':
      return platform.isUp;
    case 'BUDGET_DAY':
      return dayOf(lastActiveAt) === dayOf(now);
    default:
      return true;
  }
}

/** A failed deployment stays the reason of its item after `jvagent release`, and what is left to do is another thing. */
function afterRelease(refusal: Refusal, { agent, workItemId }: ItemFacts): Refusal {
  if (refusal.refused !== 'HOLD' || agent.record.hold) return refusal;
  const fix = withNames(codes.ATTEMPTS, { agentId: agent.id, workItemId });
  return { ...refusal, fix: `The instance was released. ${fix}` };
}

/** A hold that the item waits for is told as it is now. */
function asNow(refusal: Refusal, { id, record }: AgentFacts): Refusal {
  return refusal.refused === 'HOLD' && record.hold ? holdRefusal(id, record.hold) : refusal;
}

/** How a work item is kept at present. */
export interface Reason {
  readonly refusal: Refusal;
  /** Whether it is the whole agent that is kept. */
  readonly isAgents: boolean;
  /** Whether a rule of the board refused a change of the work item. */
  readonly isBarred: boolean;
}

const own = (refusal: Refusal | undefined, isBarred = false): Reason | undefined =>
  refusal && { refusal, isAgents: false, isBarred };

/** Why it has ended, or why its tile does not say so. */
function ofEnded(facts: ItemFacts, session: SessionFacts): Reason | undefined {
  const { barred, refusal } = session.item ?? {};
  return own(barred?.refusal, true) ?? own(refusal && afterRelease(refusal, facts));
}

/** Why the session's last turn came to rest; what a turn that is due will try again is not known to hold any more. */
function ofLastTurn(facts: ItemFacts, session: SessionFacts): Reason | undefined {
  const { agent, refusedEffects } = facts;
  const isTriedAgain = facts.isAsked || isDue(session, agent.platform.now);
  const holds = (refusal: Refusal | undefined) =>
    refusal !== undefined && !isTriedAgain && stillHolds(refusal, agent, session) ? asNow(refusal, agent) : undefined;
  return (
    own(refusedEffects.map(holds).find((refusal) => refusal !== undefined)) ??
    own(session.item?.barred?.refusal, true) ??
    own(holds(session.waits))
  );
}

/** The first that holds: the agent's own state, what the last turn met, the hold, the item's last refusal. */
export function reasonOf(facts: ItemFacts): Reason | undefined {
  const { agent, session } = facts;
  const stopped = stoppedBy(agent);
  if (!session) return stopped && { refusal: stopped, isAgents: true, isBarred: false };
  const { item } = session;
  const isTaken = facts.isAsked || isDue(session, agent.platform.now);
  if (item && isOver(item.phase)) return isTaken ? undefined : ofEnded(facts, session);
  if (stopped) return { refusal: stopped, isAgents: true, isBarred: false };
  const { hold } = agent.record;
  const held = item?.phase === 'deploying' && hold ? holdRefusal(agent.id, hold) : undefined;
  return ofLastTurn(facts, session) ?? own(held) ?? own(item?.refusal && afterRelease(item.refusal, facts));
}

/** As many turns run as the agent may have at once, or as one of its ancestors allows; undefined while there is room. */
export function noRoom({ id, agent, sessions, platform }: AgentFacts): { why: string; fix: string } | undefined {
  if (!agent) return undefined;
  const running = sessions.filter(({ workItemId, leaseUntil }) => workItemId !== undefined && leaseUntil !== undefined);
  const busy = running.filter(({ leaseUntil = 0 }) => leaseUntil > platform.now);
  const { turnsAtOnceMax } = agent.limits;
  if (busy.length < turnsAtOnceMax) return undefined;
  const names = busy.map(({ workItemId }) => workItemId).join(', ');
  return {
    why: `${id} may work on ${turnsAtOnceMax} at once (limits.turnsAtOnceMax), and works on work item ${names}`,
    fix: `Nothing to do: it starts when one of them rests. Or raise limits.turnsAtOnceMax in ${id}/jvAgent.json.`,
  };
}
