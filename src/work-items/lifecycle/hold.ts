/** The hold on an instance after a deployment that did not do it well: what is kept from it until a person releases it. */
import { known } from '../../base/known.ts';
import type { Refusal } from '../../refusal.ts';
import { isUndone, type Source } from '../source.ts';
import type { WorkItem } from '../work-item.ts';

/** Why nothing is deployed, and the merge that went wrong, with what ran before it. */
export interface Hold extends Refusal {
  readonly sha?: string;
  readonly before?: string;
  /** Whose deployment it was. */
  readonly workItemId?: number;
}

/** The hold that an item's new state puts on its instance at `at`, milliseconds since 1970. */
export function holdOf(before: WorkItem, { workItemId, refusal, deployment }: WorkItem, at: number): Hold | undefined {
  if (refusal?.refused !== 'HOLD' || refusal.why === before.refusal?.why) return undefined;
  return known({ ...refusal, sha: deployment?.mergedSha, before: deployment?.sent?.before, since: at, workItemId });
}

/**
 * Whether a commit may be deployed in spite of the hold: it does not contain the merge that went wrong, or it has its revert.
 * A revert is told by content, since anybody can write that word: every file that the merge changed is as it was before.
 */
export async function isClearOf(
  { sha: held, before }: Hold,
  sha: string,
  source: Pick<Source, 'contains' | 'isAncestor' | 'changedPaths'>,
): Promise<boolean> {
  if (!held || sha === held || !(await source.contains(held))) return false;
  if (!(await source.isAncestor(held, sha))) return true;
  if (!before || !(await source.contains(before))) return false;
  return isUndone(source, { before, sha: held }, sha);
}
