/**
 * Whether the engine's stored conversation about a work item can continue, and what a new one is told otherwise.
 *
 * rows whole -> about the current plan -> what we pushed is still on the branch -> it continues; otherwise a new one begins from what
 * the platform itself knows.
 */
import { dataBlock } from '../../base/data-block.ts';
import type { LoggedCommit } from '../../git/history.ts';
import type { EnginePhase } from '../../work-items/lifecycle/events.ts';
import type { Standing } from '../../work-items/observe/standing.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import type { Conversation } from '../talk/follow-engine.ts';
import { brokenBy } from '../talk/resume.ts';

const short = (sha: string) => sha.slice(0, 10);

/** Why the conversation cannot continue; undefined when it can, or when there is none yet. */
export function misfitOf(
  conversation: Conversation | undefined,
  item: WorkItem,
  phase: EnginePhase,
  standing: Standing,
): string | undefined {
  if (!conversation) return phase === 'planning' ? undefined : 'none is stored';
  const fault = brokenBy(conversation);
  if (fault) return fault;
  // A conversation that makes a new plan knows the plan that was rejected.
  if (phase === 'planning') return undefined;
  if (conversation.about !== item.plan?.hash) return 'it is about another plan than the current one';
  if (!standing.isForsaken) return undefined;
  return `branch ${item.change?.branch ?? ''} no longer has commit ${short(item.change?.pushedSha ?? '')}`;
}

function commitsText({ change }: WorkItem, commits: readonly LoggedCommit[]): string {
  if (commits.length === 0) return 'There is no commit yet.';
  const lines = commits.map(({ sha, author, subject }) => `${short(sha)} ${subject} (${author})`);
  const { commit, pushedSha } = change ?? {};
  const { tests } = commit ?? {};
  return [
    `Commits on top of the target branch, newest first:\n\n${dataBlock('commits', lines.join('\n'))}`,
    pushedSha ? `Pushed up to commit ${short(pushedSha)}.` : 'None of them is pushed yet.',
    ...(tests
      ? [`The platform's tests of commit ${short(commit?.sha ?? '')} ${tests.passed ? 'passed' : 'failed'}.`]
      : []),
  ].join(' ');
}

/** Stands before the phase's own prompt. `commits` are the change's so far, newest first. */
export function ledgerText(why: string, item: WorkItem, commits: readonly LoggedCommit[]): string {
  const { plan, change, review } = item;
  const lines = [
    `You have no memory of the earlier conversation about work item ${item.workItemId}: ${why}. This is what the platform has recorded about it:`,
    // A prompt file of the agent's own may leave the plan to the conversation.
    plan ? `The plan:\n\n${dataBlock(`plan ${plan.hash}`, plan.text)}` : 'There is no plan yet.',
    ...(plan ? [commitsText(item, commits)] : []),
    ...(change ? [`Its branch is \`${change.branch}\`.`] : []),
    review ? `Pull request ${review.number} is open: ${review.url}` : 'There is no pull request yet.',
  ];
  return lines.join('\n\n');
}
