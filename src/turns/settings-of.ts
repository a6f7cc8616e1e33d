/** What parts of a worker want to know of an agent's configuration, each in its own terms. */
import type { Agent } from '../agents/agent.ts';
import type { AgentConfig } from '../agents/config/config.ts';
import { branchFor } from '../git/branch-rule.ts';
import type { GateRules } from '../work-items/gate/rules.ts';
import type { TileSummary } from '../work-items/tracker.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { GitTurnSettings } from './item/git-commit.ts';

const authorDefault = { name: 'jvagent', email: 'jvagent@localhost' };

export function gitSettingsOf({ git, approval }: AgentConfig): GitTurnSettings {
  const [, name = authorDefault.name, email = authorDefault.email] = /^(.*) <(.*)>$/.exec(git?.author ?? '') ?? [];
  return {
    author: { name, email },
    signOff: git?.signOff ?? false,
    outOfPlan: approval.outOfPlan,
    paths: git?.paths,
    allowMeta: git?.allowMeta ?? false,
    filesMax: git?.diffFilesMax ?? 0,
    linesMax: git?.diffLinesMax ?? 0,
  };
}

export function gateRulesOf({ devops, approval }: AgentConfig): GateRules {
  const { maxAgeDays, notRequester } = approval;
  const approvers = devops?.approvers;
  return { mapping: devops?.stateMapping ?? {}, maxAgeDays, notRequester, ...(approvers ? { approvers } : {}) };
}

/** The name of an item's branch; one of its own for each plan that had one before. */
export function branchNamer({ git }: AgentConfig) {
  const prefix = git?.branchPrefix ?? '';
  return ({ workItemId, title, counts: { branchesLeft } }: WorkItem): string => {
    const name = branchFor(prefix, workItemId, title);
    return branchesLeft > 0 ? `${name}-${branchesLeft + 1}` : name;
  };
}

/** Whether a work item is of the types, the area and the tag that the agent takes up. */
export function takesOf({ config: { devops } }: Agent) {
  const types = devops?.workItemTypes?.map((type) => type.toLowerCase());
  const tag = devops?.requiredTag?.toLowerCase();
  return ({ type, tags }: Pick<TileSummary, 'type' | 'tags'>): boolean => {
    if (types && !types.includes(type.toLowerCase())) return false;
    return tag === undefined || tags.some((candidate) => candidate.toLowerCase() === tag);
  };
}
