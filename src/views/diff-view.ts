/**
 * The change of one work item, line by line, as the agent's repository on this machine has it.
 *
 * Invariant: only what was pushed. The supervisor knows no agent's secrets to hide, so it shows what the code host shows too.
 */
import { known } from '../base/known.ts';
import { workItemSession } from '../broker/session-id.ts';
import { repositoryFolderOf } from '../git/git-program.ts';
import { readChange, type ShownChange } from '../git/shown-change.ts';
import type { ViewSource } from './source.ts';

export interface DiffView {
  readonly agentId: string;
  readonly workItemId: number;
  readonly title: string;
  readonly pullRequest?: string;
  /** The last commit of ours on the branch; absent before there is one. */
  readonly sha?: string;
  /** Absent where this machine has no copy of the commit. */
  readonly change?: ShownChange;
}

/** Undefined where there is no such agent, or it has not begun with such a work item. */
export async function readDiff(
  { store, agents, stateFolder }: ViewSource,
  agentId: string,
  workItemId: number,
): Promise<DiffView | undefined> {
  const state = agents.get(agentId);
  const session = await store.sessions.get(agentId, workItemSession(workItemId));
  if (!state || !session) return undefined;
  const { item } = session;
  const agent = 'agent' in state && state.agent.kind === 'code-change' ? state.agent : undefined;
  const sha = item?.change?.pushedSha;
  const wish = {
    targetBranch: agent?.git.customerBranch,
    mergedSha: item?.deployment?.mergedSha,
    plannedSha: item?.plan?.baseSha,
  };
  return known({
    agentId,
    workItemId,
    title: item?.title ?? session.title,
    pullRequest: item?.review?.url,
    sha,
    change:
      sha === undefined ? undefined : await readChange(repositoryFolderOf(stateFolder, agentId), { sha, ...wish }),
  });
}
