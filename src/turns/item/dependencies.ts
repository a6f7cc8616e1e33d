/** What the set-up makes, put into the tree that the engine works in. */
import type { Tree } from '../../checkout/workspace.ts';
import { ignoreRulesOf } from '../../git/tree/read.ts';
import type { Refusal } from '../../refusal.ts';
import { warn } from '../turn.ts';
import type { Dependencies } from './prompt/situation.ts';
import type { ItemTurn } from './turn.ts';

/**
 * Adds only what the repository ignores: the rest would look like the model's own new files. SETUP if the set-up failed, unless
 * the change itself broke it: the model fixes that, and works without dependencies until then.
 */
export async function addDependencies(turn: ItemTurn, tree: Tree): Promise<Dependencies | Refusal> {
  const { setUp } = turn.worker;
  if (!setUp) return 'unset';
  const rules = await ignoreRulesOf(turn.connections.repository, tree.index());
  const fault = await setUp.into(tree.folder, tree.sha, rules.ignores);
  if (!fault) return 'installed';
  if (!(await setUp.isOwn(tree.sha))) return fault;
  await warn(turn, fault.why);
  return 'failed';
}
