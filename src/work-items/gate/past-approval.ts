/** The approval under which we took an item that has gone on since: what an item out of a backup does not know of itself. */
import type { Approval, WorkItem } from '../work-item.ts';
import type { GateReads } from './facts.ts';
import { checkAge, checkContent, checkDecision, type GateRules } from './rules.ts';

type PastReads = Pick<GateReads, 'agentIdentities' | 'clock'> & {
  tracker: Pick<GateReads['tracker'], 'me' | 'lastStateChange' | 'stateChange' | 'comments' | 'tile'>;
};

/** States that we give a tile under an approval alone. */
function isUnderApproval(state: string, { mapping }: GateRules): boolean {
  const under = [mapping.inProgress, mapping.prCreated, mapping.deployed];
  const others = [mapping.new, mapping.planning, mapping.planReady, mapping.rejected, mapping.failed];
  return under.includes(state) && !others.includes(state);
}

/**
 * Undefined unless the last change of the tile's state is one that we make under an approval, and the last one of people before it approved the plan
 * that the item knows. Throws OutsideError.
 */
export async function pastApproval(
  { tracker, agentIdentities, clock }: PastReads,
  rules: GateRules,
  item: WorkItem,
): Promise<Approval | undefined> {
  const { workItemId } = item;
  const [me, last] = await Promise.all([tracker.me(), tracker.lastStateChange(workItemId)]);
  if (last?.by.id !== me.id || last.otherRev === undefined || !isUnderApproval(last.state, rules)) return undefined;
  const [decision, tile, comments] = await Promise.all([
    tracker.stateChange(workItemId, last.otherRev),
    tracker.tile(workItemId),
    tracker.comments(workItemId),
  ]);
  if (!decision || !tile) return undefined;
  const facts = { tile, comments, me, agentIdentities, now: clock.now() };
  if (
    checkDecision(item, decision, facts, rules) ??
    checkContent(item, tile) ??
    checkAge(decision.at, facts.now, rules)
  ) {
    return undefined;
  }
  return { rev: decision.rev, by: decision.by, at: decision.at, claimRev: last.rev };
}
