/** The rows from a merge to a verified deployment, or back from one. */
import { type Code, refuse } from '../../refusal.ts';
import type { WorkItem } from '../work-item.ts';
import type { EffectResult, Intent, IntentOf, LifecycleRules, Rows, Transition } from './events.ts';
import { cancelled, end, enter, stay } from './moves.ts';

export const short = (sha: string) => sha.slice(0, 12);

/** What follows a merge. Without an instance to deploy to the item has its end here, and its tile stays where people look for merges. */
export function afterMerge(item: WorkItem, mergedSha: string, { deploys }: LifecycleRules): Transition {
  const merged = { ...landed(item), mergedSha, attempts: 0 };
  if (deploys) {
    return stay({ ...merged, phase: 'deploying' }, [{ kind: 'deploy', sha: mergedSha, move: item.moves }]);
  }
  const moves = item.moves + 1;
  const text = `**Merged** as commit ${short(mergedSha)}. This agent deploys nothing, so the work item stays where it is.`;
  return stay({ ...merged, phase: 'deployed', moves }, [{ kind: 'comment', text, move: moves }]);
}

/** The way back from the item's deployment; nothing where there was none to come back from. */
export function wayBack({ mergedSha, deployment, moves }: WorkItem): Intent[] {
  if (!mergedSha || !deployment) return [];
  const { deploymentId, before } = deployment;
  return [{ kind: 'rollback', sha: mergedSha, deploymentId, move: moves, ...(before ? { before } : {}) }];
}

/** The same item, with nothing of it under way at its instance any more. */
function landed({ deployment, ...item }: WorkItem): WorkItem {
  if (!deployment) return item;
  const { isUnderWay, left, ...known } = deployment;
  return { ...item, deployment: known };
}

/** People took it away while it was deployed: the tile stays where they put it, and says what the instance runs. */
function endedLeft(item: WorkItem, sha: string, left: string): Transition {
  const back = item.deployment ? ' `jvagent rollback` takes it back.' : '';
  const runs = `The instance runs commit ${short(sha)}, or one that contains it.${back}`;
  return end(item, 'cancelled', refuse('GATE_STATE', left, mendAway), runs);
}

const mendAway = 'To go on, run `jvagent retry`, or move the work item to new.';

function deployed(item: WorkItem, sha: string): Transition {
  const { refusal, ...rest } = item;
  return enter({ ...rest, deployedSha: sha }, 'deployed');
}

/** What was sent is known from here on, whatever happens before it is verified. */
function sent(
  item: WorkItem,
  { sha, move }: IntentOf<'deploy' | 'verify'>,
  deploymentId: string,
  before: string | undefined,
): Transition {
  const deployment = { deploymentId, ...(before ? { before } : {}), isUnderWay: true };
  return stay({ ...item, deployment }, [{ kind: 'verify', sha, deploymentId, move }]);
}

function afterDeployment(
  item: WorkItem,
  intent: IntentOf<'deploy' | 'verify'>,
  result: EffectResult,
  rules: LifecycleRules,
): Transition {
  const { sha } = intent;
  const { deploymentId, before, left = item.deployment?.left } = result;
  if (result.deployed === undefined && deploymentId) return sent(item, intent, deploymentId, before);
  if (result.deployed) return left ? endedLeft(landed(item), sha, left) : deployed(landed(item), sha);
  const refusal = refuse('HOLD', result.why ?? 'the deployment failed');
  const back = rules.rollback === 'auto' ? wayBack(item) : [];
  if (back.length > 0) return stay({ ...item, refusal }, back);
  const canGoBack = rules.rollback === 'ask' && item.deployment;
  const ask = canGoBack ? 'The instance still runs it: `jvagent rollback` takes it back. ' : '';
  return end(landed(item), left ? 'cancelled' : 'failed', refusal, `${ask}${left ? `Meanwhile ${left}.` : ''}`);
}

/** The deployment went wrong, or a person wanted it back: how the way back went ends the item. */
function afterRollback(item: WorkItem, how: string, left = item.deployment?.left): Transition {
  const refusal = refuse('HOLD', `${item.refusal?.why ?? 'the deployment failed'}; ${how}`);
  return end(landed(item), left ? 'cancelled' : 'failed', refusal, left && `Meanwhile ${left}.`);
}

/** Whether what came of it at its instance is waited for: it was sent, or its way back is owed, which puts it on hold first. */
function isAwaited({ deployment, refusal }: WorkItem): boolean {
  return deployment !== undefined && (deployment.isUnderWay === true || refusal?.refused === 'HOLD');
}

/** Nobody will know what became of the deployment: the instance is kept for people to look at. */
function endedUnknown(item: WorkItem, phase: 'failed' | 'cancelled', why: string): Transition {
  const merge = short(item.mergedSha ?? '');
  return end(landed(item), phase, refuse('HOLD', `${why}; what the instance made of commit ${merge} is not known`));
}

/** Codes with which a deployment is refused when people took the item away: the next look says how. */
const takenAway: ReadonlySet<Code> = new Set(['GATE_STATE', 'GATE_TENANT']);

export const deployingRows: Rows = {
  // What was sent is still verified, or taken back: only then the item ends.
  'cancelled-by': (item, { by, rev, maySent }) => {
    const { deployment } = item;
    if (maySent) {
      const why = `${by} cancelled it when a deployment may have been sent, which is not verified`;
      return endedUnknown({ ...item, cancelledRev: rev }, 'cancelled', why);
    }
    if (!deployment || !isAwaited(item)) return cancelled(item, by, rev);
    return stay({ ...item, deployment: { ...deployment, left: `${by} cancelled it` }, cancelledRev: rev });
  },
  'already-deployed': (item, { sha }) => deployed(item, sha),
  moved: (item, { why }) => {
    const merge = `Its merge ${short(item.mergedSha ?? '')} stays on the target branch; nothing more is sent to the instance for it.`;
    return end(item, 'cancelled', refuse('GATE_STATE', why, mendAway), merge);
  },
  'effect-done': (item, { intent, result }, rules) => {
    if (intent.kind === 'deploy' || intent.kind === 'verify') return afterDeployment(item, intent, result, rules);
    if (intent.kind !== 'rollback') return stay(item);
    const back = intent.before ? `the instance runs ${short(intent.before)} again` : 'the instance was rolled back';
    return afterRollback(item, result.why ?? back, result.left);
  },
  'effect-refused': (item, { intent, refusal }) => {
    if (intent.kind === 'deploy') {
      return takenAway.has(refusal.refused) ? stay({ ...item, refusal }) : end(item, 'failed', refusal);
    }
    if (intent.kind === 'verify') return end(landed(item), 'failed', refusal);
    return intent.kind === 'rollback' ? afterRollback(item, `the way back was refused: ${refusal.why}`) : stay(item);
  },
  'gave-up': (item, { refusal }) => {
    if (!isAwaited(item)) return end(item, 'failed', refusal);
    const left = item.deployment?.left;
    return endedUnknown(item, left ? 'cancelled' : 'failed', `${left ? `${left}; ` : ''}${refusal.why}`);
  },
  gone: (item, { why }) => stay({ ...item, phase: 'cancelled', refusal: refuse('GATE_TENANT', why) }),
};
