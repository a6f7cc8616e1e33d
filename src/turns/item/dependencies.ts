/** What the set-up makes, put into the tree that the engine works in. */
import type { Tree } from '../../checkout/workspace.ts';
import { ignoreRulesOf } from '../../git/tree/read.ts';
import type { Refusal } from '../../refusal.ts';
import { warn } from '../turn.ts';
import type { ItemTurn } from './turn.ts';

/**
 * Only what the repository ignores: the rest would look like the model's own new files. SETUP where the set-up failed, unless
 * the change itself broke it: that is the model's to fix, who works on without dependencies until then.
 */
export async function addDependencies(turn: ItemTurn, tree: Tree): Promise<Refusal | undefined> {
  const { setUp } = turn.worker;
  if (!setUp) return undefined;
  const rules = await ignoreRulesOf(turn.connections.repository, tree.index());
  const fault = await setUp.into(tree.folder, tree.sha, rules.ignores);
  if (!fault || !(await setUp.isOwn(tree.sha))) return fault;
  await warn(turn, fault.why);
  return undefined;
}
