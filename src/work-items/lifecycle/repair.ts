/** The moves of a repair: what is wrong with an open pull request goes to the engine, or is said on the tile and left to people. */
import { type Refusal, refuse } from '../../refusal.ts';
import type { WorkItem } from '../work-item.ts';
import type { LifecycleRules, Transition } from './events.ts';
import { stay } from './moves.ts';

/** A few words on the tile, which stays where it is. */
export function sayOnTile(item: WorkItem, text: string): Transition {
  const moves = item.moves + 1;
  return stay({ ...item, moves }, [{ kind: 'comment', text, move: moves }]);
}

/** The change as it stands in the pull request; a commit that did not get there is let go of. */
export function asPushed({ hint, ...item }: WorkItem): WorkItem {
  const { change, pushedSha } = item;
  if (!change || change.pushed || !pushedSha) return item;
  return { ...item, change: { sha: pushedSha, summary: change.summary, deliver: change.deliver, pushed: true } };
}

/** No repair, for this reason: the pull request stays as it is, and people go on. */
export function notRepaired(item: WorkItem, refusal: Refusal): Transition {
  const { change } = item;
  const kept = change && !change.pushed ? ` The work so far is kept as commit ${change.sha.slice(0, 12)}.` : '';
  const text = `**Not repaired** (${refusal.refused}): ${refusal.why}. The pull request stays as it is.${kept}\n\n${refusal.mend}`;
  return sayOnTile({ ...asPushed(item), refusal }, text);
}

/** The engine is told `news`, beside what it was not told yet; once the repairs are used up that is said, one time. */
export function askRepair(item: WorkItem, news: string, { repairsMax }: LifecycleRules): Transition {
  const repairs = item.repairs + 1;
  if (item.repairs > repairsMax) return stay(asPushed(item));
  if (repairs > repairsMax) {
    const mend = 'Repair it by hand on its branch, or run `jvagent retry` and say again what is wrong.';
    return notRepaired({ ...item, repairs }, refuse('ATTEMPTS', `it was repaired ${repairsMax} times already`, mend));
  }
  const hint = [item.hint, news].filter(Boolean).join('\n\n');
  return stay({ ...item, repairs, attempts: 0, hint });
}

/** Codes that say that the world moved meanwhile: the next live look decides. */
const overtaken: ReadonlySet<Refusal['refused']> = new Set([
  'GATE_LEASE',
  'GATE_STATE',
  'GATE_UNVERIFIABLE',
  'OUTSIDE_CONFLICT',
]);

export function repairRefused(item: WorkItem, refusal: Refusal): Transition {
  return overtaken.has(refusal.refused) ? stay({ ...item, refusal }) : notRepaired(item, refusal);
}
