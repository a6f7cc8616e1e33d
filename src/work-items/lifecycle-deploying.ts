/** The rows from a merge to a verified deployment, or back from one. */
import { refuse } from '../refusal.ts';
import type { EffectResult, Intent, LifecycleRules, Rows, Transition } from './lifecycle-events.ts';
import { end, enter, stay } from './lifecycle-moves.ts';
import type { WorkItem } from './work-item.ts';

export const short = (sha: string) => sha.slice(0, 12);

/** What follows a merge. Without an instance to deploy to the item has its end here, and its tile stays where people look for merges. */
export function afterMerge(item: WorkItem, mergedSha: string, { deploys }: LifecycleRules): Transition {
  const merged = { ...item, mergedSha, attempts: 0 };
  if (deploys) {
    return stay({ ...merged, phase: 'deploying' }, [{ kind: 'deploy', sha: mergedSha, move: item.moves }]);
  }
  const moves = item.moves + 1;
  const text = `**Merged** as commit ${short(mergedSha)}. This agent deploys nothing, so the work item stays where it is.`;
  return stay({ ...merged, phase: 'deployed', moves }, [{ kind: 'comment', text, move: moves }]);
}

/** The way back from the item's deployment; nothing where there was none to come back from. */
export function wayBack({ mergedSha, deployment }: WorkItem): Intent[] {
  return mergedSha && deployment ? [{ kind: 'rollback', sha: mergedSha, ...deployment }] : [];
}

function deployed(item: WorkItem, sha: string): Transition {
  const { refusal, ...rest } = item;
  return enter({ ...rest, deployedSha: sha }, 'deployed');
}

function afterDeployment(before: WorkItem, sha: string, result: EffectResult, rules: LifecycleRules): Transition {
  const { deploymentId } = result;
  const deployment = deploymentId && { deploymentId, ...(result.before ? { before: result.before } : {}) };
  const item = deployment ? { ...before, deployment } : before;
  if (result.deployed) return deployed(item, sha);
  const refusal = refuse('HOLD', result.why ?? 'the deployment failed');
  const back = rules.rollback === 'auto' ? wayBack(item) : [];
  if (back.length > 0) return stay({ ...item, refusal }, back);
  const ask =
    rules.rollback === 'ask' && deployment ? 'The instance still runs it: `jvagent rollback` takes it back.' : '';
  return end(item, 'failed', refusal, ask);
}

/** The deployment went wrong, or a person wanted it back: how the way back went ends the item. */
function afterRollback(item: WorkItem, how: string): Transition {
  return end(item, 'failed', refuse('HOLD', `${item.refusal?.why ?? 'the deployment failed'}; ${how}`));
}

export const deployingRows: Rows = {
  'already-deployed': (item, { sha }) => deployed(item, sha),
  'effect-done': (item, { intent, result }, rules) => {
    if (intent.kind === 'deploy') return afterDeployment(item, intent.sha, result, rules);
    if (intent.kind !== 'rollback') return stay(item);
    const back = intent.before ? `the instance runs ${short(intent.before)} again` : 'the instance was rolled back';
    return afterRollback(item, result.why ?? back);
  },
  'effect-refused': (item, { intent, refusal }) => {
    if (intent.kind === 'deploy') return end(item, 'failed', refusal);
    return intent.kind === 'rollback' ? afterRollback(item, `the way back was refused: ${refusal.why}`) : stay(item);
  },
  'gave-up': (item, { refusal }) => end(item, 'failed', refusal),
  gone: (item, { why }) => stay({ ...item, phase: 'cancelled', refusal: refuse('GATE_TENANT', why) }),
};
