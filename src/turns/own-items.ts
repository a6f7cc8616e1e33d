/** Which work items an agent works on, and the names of their branches. */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { branchFor } from '../git/branch-rule.ts';
import type { TileSummary } from '../work-items/tracker.ts';
import type { WorkItem } from '../work-items/work-item.ts';

/** Whether a work item is of the types and bears the tag of the agent. */
export function takes({ devops }: CodeChangeAgent, { type, tags }: Pick<TileSummary, 'type' | 'tags'>): boolean {
  const types = devops.workItemTypes?.map((name) => name.toLowerCase());
  const tag = devops.requiredTag?.toLowerCase();
  if (types && !types.includes(type.toLowerCase())) return false;
  return tag === undefined || tags.some((candidate) => candidate.toLowerCase() === tag);
}

/** The name of an item's branch; a plan that follows one with a branch gets a new name. */
export function branchOf({ git }: CodeChangeAgent, { workItemId, title, counts: { branchesLeft } }: WorkItem): string {
  const name = branchFor(git.branchPrefix, workItemId, title);
  return branchesLeft > 0 ? `${name}-${branchesLeft + 1}` : name;
}
