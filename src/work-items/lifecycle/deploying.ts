/** The rows from a merge to a verified deployment, or back from one. */
import { known } from '../../base/known.ts';
import { type Code, refuse } from '../../refusal.ts';
import { meaningOf } from '../code-meaning.ts';
import type { SentDeployment, WorkItem } from '../work-item.ts';
import { tryBarred } from './barred.ts';
import type { Decision, EffectResult, Facts, Intent, IntentOf, OwedEffect, PhaseRules } from './events.ts';
import { cancelled, counted, end, enter, fresh, gone, sayOnTile, short, stay } from './moves.ts';

/** What follows a merge. Without an instance to deploy to the item has its end here, and its tile stays where people look for merges. */
export function afterMerge(item: WorkItem, mergedSha: string, { rules }: Facts): Decision {
  const rested = landed(counted(item, { attempts: 0 }));
  const merged = { ...rested, deployment: { ...rested.deployment, mergedSha } };
  if (rules.deploys) {
    return stay({ ...merged, phase: 'deploying' }, [{ kind: 'deploy', sha: mergedSha, nth: item.counts.moves }]);
  }
  const text = `**Merged** as commit ${short(mergedSha)}. This agent deploys nothing, so the work item stays where it is.`;
  return sayOnTile({ ...merged, phase: 'deployed' }, text);
}

/** The rollback of the item's deployment; nothing if it was never sent. */
export function wayBack({ deployment, counts }: WorkItem): Intent[] {
  if (!deployment?.sent) return [];
  const { mergedSha: sha, sent } = deployment;
  const { deploymentId, before } = sent;
  return [known({ kind: 'rollback', sha, deploymentId, nth: counts.moves, before })];
}

function withSent(item: WorkItem, sent: SentDeployment): WorkItem {
  return item.deployment ? { ...item, deployment: { ...item.deployment, sent } } : item;
}

/** The same item, without a running deployment. */
function landed(item: WorkItem): WorkItem {
  if (!item.deployment?.sent) return item;
  const { isUnderWay, takenAway, ...known } = item.deployment.sent;
  return withSent(item, known);
}

const fixAway = 'To continue, run `jvagent retry ID WORKITEM`, or move the work item to new.';

/** People took it away while it was deployed: the tile stays where they put it, and says what the instance runs. */
function endedAway(item: WorkItem, sha: string, takenAway: string): Decision {
  const back = item.deployment?.sent ? ' `jvagent rollback ID WORKITEM` rolls it back.' : '';
  const runs = `The instance runs commit ${short(sha)}, or one that contains it.${back}`;
  return end(item, 'cancelled', refuse('GATE_STATE', takenAway, fixAway), runs);
}

function deployedAs({ refusal, ...item }: WorkItem, deployedSha: string): Decision {
  return enter(item.deployment ? { ...item, deployment: { ...item.deployment, deployedSha } } : item, 'deployed');
}

/** What was sent is known from here on, whatever happens before it is verified. */
function sent(
  item: WorkItem,
  { sha, nth }: IntentOf<'deploy' | 'verify'>,
  deploymentId: string,
  before: string | undefined,
  at: number,
): Decision {
  const next = withSent(item, known({ deploymentId, before, at, isUnderWay: true }));
  return stay(next, [{ kind: 'verify', sha, deploymentId, nth }]);
}

function afterDeployment(
  item: WorkItem,
  intent: IntentOf<'deploy' | 'verify'>,
  result: EffectResult,
  { rules, now }: Facts,
): Decision {
  const { sha } = intent;
  const { deploymentId, before, takenAway = item.deployment?.sent?.takenAway } = result;
  if (result.deployed === undefined && deploymentId) return sent(item, intent, deploymentId, before, now);
  if (result.deployed) return takenAway ? endedAway(landed(item), sha, takenAway) : deployedAs(landed(item), sha);
  const refusal = refuse('HOLD', result.why ?? 'the deployment failed');
  const back = rules.rollback === 'auto' ? wayBack(item) : [];
  if (back.length > 0) return stay({ ...item, refusal }, back);
  const canGoBack = rules.rollback === 'ask' && item.deployment?.sent;
  const ask = canGoBack ? 'The instance still runs it: `jvagent rollback ID WORKITEM` rolls it back. ' : '';
  const more = `${ask}${takenAway ? `Meanwhile ${takenAway}.` : ''}`;
  return end(landed(item), takenAway ? 'cancelled' : 'failed', refusal, more);
}

/** Never tells of a rollback that was not sent. */
function howItWentBack({ before }: IntentOf<'rollback'>, { nothingSent }: EffectResult): string {
  const runs = before ? ` runs ${short(before)}` : '';
  if (nothingSent) return before ? `the instance still${runs}, and nothing was rolled back` : 'nothing was rolled back';
  return before ? `it was rolled back, and the instance${runs} again` : 'it was rolled back';
}

/** The deployment went wrong, or a person wanted it back: how the rollback went ends the item. */
function afterRollback(item: WorkItem, how: string, takenAway = item.deployment?.sent?.takenAway): Decision {
  const refusal = refuse('HOLD', `${item.refusal?.why ?? 'the deployment failed'}; ${how}`);
  return end(landed(item), takenAway ? 'cancelled' : 'failed', refusal, takenAway && `Meanwhile ${takenAway}.`);
}

/** The deployment whose outcome is awaited: it was sent, or its rollback is open, which first puts the instance on hold. */
function awaited({ deployment, refusal }: WorkItem): SentDeployment | undefined {
  const { sent: known } = deployment ?? {};
  return known?.isUnderWay || refusal?.refused === 'HOLD' ? known : undefined;
}

/** Whether a deployment may have been sent without an answer: the call was cut off, or its answer was lost or not seen yet. */
function mayHaveSent(owed: readonly OwedEffect[]): boolean {
  const isUnanswered = (code: Code | undefined) => code === undefined || code === 'OUTSIDE_UNREACHABLE';
  return owed.some(
    ({ intent, state, refusal }) =>
      intent.kind === 'deploy' && (state === 'done' || (state === 'begun' && isUnanswered(refusal?.refused))),
  );
}

/** The outcome of the deployment is unknown: the instance goes on hold until people have looked at it. */
function endedUnknown(item: WorkItem, phase: 'failed' | 'cancelled', why: string): Decision {
  const merge = short(item.deployment?.mergedSha ?? '');
  return end(
    landed(item),
    phase,
    refuse('HOLD', `${why}; the outcome of commit ${merge} on the instance is not known`),
  );
}

/** What was sent is still verified, or taken back: only then the item ends. */
function cancelledBy(item: WorkItem, { by, rev }: { by: string; rev: number }, { owed }: Facts): Decision {
  if (mayHaveSent(owed)) {
    const why = `${by} cancelled it when a deployment may have been sent, which is not verified`;
    return { ...endedUnknown({ ...item, cancelledRev: rev }, 'cancelled', why), callsOff: true };
  }
  const going = awaited(item);
  if (!going) return cancelled(item, by, rev);
  return stay({ ...withSent(item, { ...going, takenAway: `${by} cancelled it` }), cancelledRev: rev });
}

export const deploying: PhaseRules = {
  rows: {
    'cancelled-by': cancelledBy,
    'already-deployed': (item, { sha }) => deployedAs(item, sha),
    moved: (item, { why }) => {
      const merge = `Its merge ${short(item.deployment?.mergedSha ?? '')} stays on the target branch; nothing more is sent to the instance for it.`;
      return end(item, 'cancelled', refuse('GATE_STATE', why, fixAway), merge);
    },
    'effect-done': (item, { intent, result }, facts) => {
      if (intent.kind === 'deploy' || intent.kind === 'verify') return afterDeployment(item, intent, result, facts);
      if (intent.kind !== 'rollback') return stay(item);
      return afterRollback(item, result.why ?? howItWentBack(intent, result), result.takenAway);
    },
    'effect-refused': (item, { intent, refusal }) => {
      // The next look says how people took the item away.
      if (intent.kind === 'deploy' && meaningOf(refusal).takenAway) return stay({ ...item, refusal });
      if (intent.kind === 'deploy') return end(item, 'failed', refusal);
      if (intent.kind === 'verify') return end(landed(item), 'failed', refusal);
      return intent.kind === 'rollback' ? afterRollback(item, `the rollback was refused: ${refusal.why}`) : stay(item);
    },
    'gave-up': (item, { refusal }) => {
      const going = awaited(item);
      if (!going) return end(item, 'failed', refusal);
      const { takenAway } = going;
      const why = `${takenAway ? `${takenAway}; ` : ''}${refusal.why}`;
      return endedUnknown(item, takenAway ? 'cancelled' : 'failed', why);
    },
    gone,
    'retried-by': (item) => tryBarred(fresh(item)),
  },
};
