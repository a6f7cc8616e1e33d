/** What makes a merge ours to deploy, and a version of the instance one that we may replace. */
import { type Refusal, refuse } from '../../refusal.ts';
import type { PullRequest } from '../code-host.ts';
import type { Source } from '../source.ts';
import type { WorkItem } from '../work-item.ts';

export interface MergeFacts {
  pullRequest: PullRequest;
  /** Accounts of ours and of every other agent; what else stands among them is nobody's account. */
  agentAccounts: readonly string[];
  /** Whether the head at the merge is the commit we pushed, or a descendant of it. */
  headIsOurs: boolean;
  /** Whether the merge commit is on the target branch. */
  onTarget: boolean;
}

/** Whether an account at the code host, whose names know no case, is an agent's. */
export function isAgents(account: string, agentAccounts: readonly string[]): boolean {
  return agentAccounts.some((agents) => agents.toLowerCase() === account.toLowerCase());
}

export function checkMerge(facts: MergeFacts, targetBranch: string): { mergedSha: string } | Refusal {
  const { pullRequest, agentAccounts, headIsOurs, onTarget } = facts;
  const { mergedSha, number, base } = pullRequest;
  if (pullRequest.state !== 'merged' || !mergedSha) return refuse('GATE_STATE', `pull request ${number} is not merged`);
  if (base !== targetBranch)
    return refuse('BASE_BRANCH', `pull request ${number} was merged into ${base}, not ${targetBranch}`);
  if (pullRequest.mergedBy === undefined || isAgents(pullRequest.mergedBy, agentAccounts)) {
    return refuse(
      'GATE_ACTOR',
      `pull request ${number} was merged by ${pullRequest.mergedBy ?? 'nobody known'}, not by a person`,
      'Nothing is deployed for it. Deploy or revert the merge by hand, then run `jvagent cancel ID WORKITEM`.',
    );
  }
  if (!headIsOurs) return refuse('GATE_BASE', `pull request ${number} was merged without the commit that we pushed`);
  if (!onTarget) return refuse('GATE_BASE', `the merge of pull request ${number} is not on ${targetBranch}`);
  return { mergedSha };
}

/** Whether an open pull request still is the one we opened: ours to push to, into our target branch. */
export function checkReview({ pullRequest, headIsOurs }: MergeFacts, targetBranch: string): Refusal | undefined {
  const { number, base, state } = pullRequest;
  if (state !== 'open') return refuse('GATE_STATE', `pull request ${number} is ${state}`);
  if (base !== targetBranch)
    return refuse('BASE_BRANCH', `pull request ${number} goes into ${base}, not ${targetBranch}`);
  return headIsOurs
    ? undefined
    : refuse('GATE_BASE', `pull request ${number} no longer holds the commit that we pushed`);
}

/**
 * DRIFT for a commit that the instance names shortened, as `git rev-parse --short` does; undefined for any other text. Another
 * commit can begin with the same characters, so a shortened one proves nothing, not even if ours begins with it.
 */
export function shortenedCommit(commit: string): Refusal | undefined {
  if (!/^[0-9a-f]{7,39}$/i.test(commit)) return undefined;
  const why = `the instance answers the shortened commit ${commit}, so it is not verified which commit it runs`;
  const fix = 'Let the instance answer the whole commit, 40 characters, where `instance.deploy.version` looks for it.';
  return refuse('DRIFT', why, fix);
}

/** `deployed`: it runs our commit or a later one. `deploy`: it runs an earlier one. Anything else a person decides. */
export async function checkVersion(
  running: { commit?: string | undefined; name?: string | undefined },
  sha: string,
  source: Pick<Source, 'isAncestor' | 'contains'>,
  wantedName: string | undefined,
): Promise<'deploy' | 'deployed' | Refusal> {
  if (wantedName && running.name && running.name !== wantedName) {
    return refuse('GATE_TENANT', `the instance calls itself "${running.name}", not "${wantedName}"`);
  }
  const { commit } = running;
  if (!commit) return refuse('DRIFT', 'the instance does not say which commit it runs');
  const shortened = shortenedCommit(commit);
  if (shortened) return shortened;
  if (commit === sha) return 'deployed';
  if (!(await source.contains(commit))) {
    return refuse('DRIFT', `the instance runs ${commit.slice(0, 12)}, which is not in our history`);
  }
  if (await source.isAncestor(sha, commit)) return 'deployed';
  if (await source.isAncestor(commit, sha)) return 'deploy';
  return refuse('DRIFT', `the instance runs ${commit.slice(0, 12)}, which is not an ancestor of ${sha.slice(0, 12)}`);
}

/** The merge of an item that is on its way to an instance. */
export interface OtherMerge {
  readonly workItemId: number;
  readonly mergedSha: string;
}

/** An instance gets merges one at a time, in their order: why this item waits for another; undefined if it is first. */
export async function waitsForEarlier(
  others: readonly OtherMerge[],
  { deployment }: WorkItem,
  source: Pick<Source, 'isAncestor' | 'contains'>,
): Promise<Refusal | undefined> {
  const { mergedSha } = deployment ?? {};
  for (const other of others) {
    const isEarlier = other.mergedSha !== mergedSha && (await source.contains(other.mergedSha));
    if (!mergedSha || !isEarlier || !(await source.isAncestor(other.mergedSha, mergedSha))) continue;
    const why = `work item ${other.workItemId}, which was merged before, is on its way to the instance`;
    return refuse('OVERLAP', why, 'Nothing to do: it follows once that one is deployed, failed or cancelled.');
  }
  return undefined;
}
