/** The few moves that rows of several phases share: enter a phase and show it, fail, give up, plan anew. */
import { type Code, type Refusal, refuse } from '../../refusal.ts';
import type { Phase } from '../phase.ts';
import type { WorkItem } from '../work-item.ts';
import type { Intent, LifecycleRules, Transition } from './events.ts';

/** Into `phase`, its tile moved and tagged so, after `first` has been done. */
export function enter(item: WorkItem, phase: Phase, first: Intent[] = []): Transition {
  const moves = item.moves + 1;
  return { item: { ...item, phase, moves }, intents: [...first, { kind: 'show', phase, move: moves }] };
}

/** The same, with a few words on the tile first. */
export function enterSaying(item: WorkItem, phase: Phase, text: string): Transition {
  return enter(item, phase, [{ kind: 'comment', text, move: item.moves + 1 }]);
}

/** An approval that does not count, set by the tile's revision `judgedRev`: the tile goes back to where people decide, with the reason. */
export function notStarted(item: WorkItem, refusal: Refusal, judgedRev?: number): Transition {
  const text = `**Not started.** ${refusal.why} (${refusal.refused}). ${refusal.mend}`;
  const { item: next, intents } = enterSaying({ ...item, refusal }, 'plan-ready', text);
  if (judgedRev === undefined) return { item: next, intents };
  return { item: next, intents: intents.map((intent) => (intent.kind === 'show' ? { ...intent, judgedRev } : intent)) };
}

export function stay(item: WorkItem, intents: Intent[] = []): Transition {
  return { item, intents };
}

type End = 'failed' | 'refused' | 'cancelled';

/** An end that a person must look at: the reason and the mend stand on the tile, and `more` where that helps. */
export function end(item: WorkItem, phase: End, refusal: Refusal, more = ''): Transition {
  const sha = item.kept ?? item.change?.sha;
  const kept = sha ? ` The work so far is kept as commit ${sha.slice(0, 12)}.` : '';
  const text = `**${titles[phase]}** (${refusal.refused}): ${refusal.why}.${kept}\n\n${refusal.mend}${more && `\n\n${more}`}`;
  return enterSaying({ ...item, refusal }, phase, text);
}

/** A person stopped it; `rev` is the tile's last change of state by then. */
export function cancelled(item: WorkItem, by: string, rev: number): Transition {
  const mend = 'To go on, move the work item to new or approved, or run `jvagent retry`.';
  return end({ ...item, cancelledRev: rev }, 'cancelled', refuse('GATE_STATE', `${by} cancelled it`, mend));
}

const titles = { failed: 'This failed', refused: 'This was given up', cancelled: 'This was stopped' };

/** The facts of an earlier plan and all that came of it gone; what people read and counted stays. */
function withoutPlan(item: WorkItem): WorkItem {
  const { plan, approval, claimRev, branch, change, pushedSha, pullRequest, mergedSha, deployment, ...known } = item;
  const { question, hint, refusal, behind, heard, kept, ...rest } = known;
  return pushedSha === undefined ? rest : { ...rest, branchesLeft: (rest.branchesLeft ?? 0) + 1 };
}

/** Back to planning with `hint`; a plan that people turned down counts, one that the world overtook does not. */
export function planAnew(item: WorkItem, hint: string, rules: LifecycleRules, counted: boolean): Transition {
  const replans = item.replans + (counted ? 1 : 0);
  if (replans > rules.replansMax) {
    return end({ ...item, replans }, 'refused', refuse('ATTEMPTS', `${replans} plans were turned down`));
  }
  return enter({ ...withoutPlan(item), hint, replans, attempts: 0 }, 'planning');
}

/** Waits for a person's answer, which may change what is planned: a plan made before it is not carried out any more. */
export function askPeople(item: WorkItem, question: string, rules: LifecycleRules): Transition {
  if (item.questions >= rules.questionsMax) return tryAgain(item, 'no further question may be asked', rules);
  const asked = { ...withoutPlan(item), question: { text: question }, questions: item.questions + 1 };
  return enter(asked, 'needs-info', [{ kind: 'ask', question, nth: asked.questions }]);
}

/** What was approved, or waits for it, is overtaken: says why on the tile and plans anew without counting it. */
export function planStale(item: WorkItem, refusal: Refusal, rules: LifecycleRules): Transition {
  const text = `**Planning again** (${refusal.refused}): ${refusal.why}.`;
  const again = planAnew(item, refusal.why, rules, false);
  return { ...again, intents: [{ kind: 'comment', text, move: again.item.moves }, ...again.intents] };
}

/** The same phase once more with what is missing, until the attempts are used up; `code` is that of the end then. */
export function tryAgain(item: WorkItem, why: string, rules: LifecycleRules, code: Code = 'ATTEMPTS'): Transition {
  const attempts = item.attempts + 1;
  if (attempts >= rules.attemptsMax) {
    return end({ ...item, attempts }, 'failed', refuse(code, `${attempts} turns ended without their product: ${why}`));
  }
  return stay({ ...item, attempts, hint: why });
}
