/** What a person does to an item beside its road: stops it, goes on with it, takes its deployment back, restores it from a backup. */
import { refuse } from '../../refusal.ts';
import { newWorkItem, type WorkItem } from '../work-item.ts';
import { tryBarred } from './barred.ts';
import { afterMerge, short, wayBack } from './deploying.ts';
import type { LifecycleRules, Rows, Transition } from './events.ts';
import { cancelled, enterSaying, planAnew, stay } from './moves.ts';

const unused = { attempts: 0, repairs: 0, replans: 0, questions: 0 };

/** A person's word moves the tile from wherever it stands. */
function fromAnyState({ item, intents }: Transition): Transition {
  return { item, intents: intents.map((intent) => (intent.kind === 'show' ? { ...intent, anyState: true } : intent)) };
}

/** The plan stands, and so does the work; what let it be carried out does not: a person approves it anew. */
function planReadyAgain(item: WorkItem, by: string): Transition {
  const { approval, claimRev, pullRequest, change, hint, refusal, ...rest } = item;
  const kept = change && { ...change, pushed: false };
  const work = kept ? ` and goes on from commit ${short(kept.sha)}` : '';
  const text = `**Again**, as ${by} asked. The plan stands as it was posted${work}: approve it to go on.`;
  return enterSaying({ ...rest, ...(kept ? { change: kept } : {}) }, 'plan-ready', text);
}

/** An ended item goes on where it can: from its merge, from its plan and the work it has, or with a new plan. */
function goOn(ended: WorkItem, by: string, rules: LifecycleRules): Transition {
  const { cancelledRev, ...item } = { ...ended, ...unused };
  if (item.title === '') return stay({ ...newWorkItem(item.workItemId, '', ''), moves: item.moves });
  if (item.mergedSha) {
    const { refusal, ...merged } = { ...item, moves: item.moves + 1 };
    const next = afterMerge(merged, item.mergedSha, rules);
    const show = { kind: 'show', phase: next.item.phase, move: merged.moves } as const;
    return rules.deploys ? fromAnyState({ ...next, intents: [show, ...next.intents] }) : next;
  }
  return fromAnyState(item.plan?.posted ? planReadyAgain(item, by) : planAnew(item, '', rules, false));
}

/** While it goes on. */
export const inWorkRows: Rows = {
  'cancelled-by': (item, { by, rev }) => cancelled(item, by, rev),
  // What came after the backup is found by its marks; a tile that we moved since then comes back to where the item is.
  restored: (item, { ahead, movedOn }) => {
    if (item.pullRequest || item.phase === 'deploying') return stay(item);
    if (ahead) {
      const { hint, question, refusal, ...rest } = item;
      const { branch, number, url, headSha } = ahead;
      return stay({ ...rest, branch, pullRequest: { number, url }, pushedSha: headSha, phase: 'pr-created' });
    }
    if (!movedOn || item.phase === 'intake') return stay(item);
    if (item.phase === 'executing') return fromAnyState(planReadyAgain(item, 'the restored backup'));
    const text = `**Restored** from a backup. The work item goes on from ${item.phase}.`;
    return fromAnyState(enterSaying(item, item.phase, text));
  },
  // Whatever it waits for is looked at in the turn that brings this.
  'retried-by': (item) => tryBarred({ ...item, ...unused }),
};

/** Once it has ended. */
export const afterEndRows: Rows = {
  'retried-by': (item, { by }, rules) => (item.phase === 'deployed' ? tryBarred(item) : goOn(item, by, rules)),
  'rolled-back-by': (item, { by, refusal }) => {
    const back = wayBack(item);
    if (back.length === 0) return stay(item);
    if (refusal) {
      const moves = item.moves + 1;
      const text = `**Not rolled back** (${refusal.refused}): ${refusal.why}. ${refusal.mend}`;
      return stay({ ...item, moves }, [{ kind: 'comment', text, move: moves }]);
    }
    const { deployedSha, ...rest } = item;
    const why = `${by} rolled back the deployment of ${short(item.mergedSha ?? '')}`;
    // Not under way yet: two that are asked for together would wait for each other.
    return stay({ ...rest, phase: 'deploying', refusal: refuse('HOLD', why) }, back);
  },
};
