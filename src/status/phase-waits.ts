/** What an item waits for in each phase when nothing is wrong: for whom, why, and what that person does. */

import { whoMayApprove } from '../work-items/gate/rules.ts';
import type { Phase, StateMapping } from '../work-items/phase.ts';
import { timeText } from '../work-items/time-text.ts';
import type { WorkItem } from '../work-items/work-item.ts';

/** The real names that a text needs. */
export interface StatusNames {
  readonly agentId: string;
  readonly mapping: StateMapping;
  /** Those of `devops.approvers`; undefined lets any person but an agent approve. */
  readonly approvers?: readonly string[] | undefined;
  readonly notRequester: boolean;
  /** Where people see the work item; undefined on the work item itself. */
  readonly page?: string | undefined;
}

export interface PhaseWait {
  /** Null when nothing is left to wait for. */
  readonly waitingFor: string | null;
  readonly why: string | null;
  readonly fix: string | null;
}

const retryWait = 'a person who moves the work item to new or approved, or runs `jvagent retry`';

const simple: Readonly<Record<Exclude<Phase, 'plan-ready' | 'needs-info' | 'pr-created'>, string | null>> = {
  intake: 'its first turn',
  planning: "the agent's plan",
  executing: "the agent's change and its tests on the host",
  deploying: 'the deployment of the merged change',
  deployed: null,
  cancelled: retryWait,
  refused: retryWait,
  failed: retryWait,
};

const on = ({ page }: StatusNames) => (page === undefined ? '' : ` on ${page}`);

function planWait({ plan }: WorkItem, names: StatusNames): PhaseWait {
  const { approved = 'approved', rejected } = names.mapping;
  const who = whoMayApprove(names);
  const posted = plan?.posted === undefined ? '' : ` since ${timeText(plan.posted.at)}`;
  const turnDown = rejected ? `set it to "${rejected}"` : 'write a comment and move it back';
  return {
    waitingFor: "a person's decision on the plan: approved or rejected",
    why: `the plan has been waiting for a decision${posted}`,
    fix: `Read the plan${on(names)}. To approve it, ${who} must set the state to "${approved}"; to turn it down, ${turnDown}.`,
  };
}

function questionWait({ question }: WorkItem, names: StatusNames): PhaseWait {
  return {
    waitingFor: "a person's answer on the work item",
    why: question ? `the agent asked: ${question.text}` : 'the agent asked a question',
    fix: `Answer in a comment${on(names)}.`,
  };
}

function reviewWait({ review }: WorkItem): PhaseWait {
  const files = review?.behind?.needs === 'people' ? review.behind.files : [];
  const conflict = `pull request ${review?.number} conflicts with its target branch in ${files.slice(0, 3).join(', ')}`;
  return {
    waitingFor: 'people to review and merge the pull request',
    why: files.length > 0 ? conflict : `pull request ${review?.number} is open`,
    fix: `${files.length > 0 ? 'Resolve the conflict, then merge' : 'Review and merge'} ${review?.url}.`,
  };
}

export function phaseWait(item: WorkItem, names: StatusNames): PhaseWait {
  switch (item.phase) {
    case 'plan-ready':
      return planWait(item, names);
    case 'needs-info':
      return questionWait(item, names);
    case 'pr-created':
      return reviewWait(item);
    default:
      return { waitingFor: simple[item.phase], why: null, fix: null };
  }
}

/** Phases in which people act next, when nothing else keeps the item. */
export const peoplePhases: ReadonlySet<Phase> = new Set(['plan-ready', 'needs-info', 'pr-created', 'failed']);
