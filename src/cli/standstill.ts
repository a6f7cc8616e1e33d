/** Why no agent of a workspace could work if its platform were started now. */
import type { Refusal } from '../refusal.ts';
import type { Settings } from '../settings.ts';
import { checkSandbox } from '../supervisor/node-checks.ts';
import { stateFolderOf } from '../supervisor/supervisor.ts';
import { findNode } from './find-node.ts';

/** Nothing where a platform is up: it has proved its sandbox, and turns that lose it say so themselves. */
export async function standstillOf({ root, sandboxUid }: Settings): Promise<Refusal | undefined> {
  return findNode(stateFolderOf(root)) ? undefined : checkSandbox(sandboxUid);
}
