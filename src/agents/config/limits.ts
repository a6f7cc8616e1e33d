/** What one agent may use: its own limits or the platform's defaults, never more than an ancestor allows. */
import { agentLimits } from '../../limits.ts';
import type { AgentId } from '../agent-id.ts';

export type AgentLimits = Readonly<Record<keyof typeof agentLimits, number>>;

/** The limits that an ancestor sets: they apply to it and all its descendants together. */
export interface BranchLimits {
  readonly agentId: AgentId;
  readonly limits: { readonly [name in keyof AgentLimits]?: number | undefined };
}

const names = Object.keys(agentLimits) as (keyof AgentLimits)[];

/** Computes the limits of an agent from those stated along its ancestry (topmost first, its own last). */
export function limitsOf(stated: readonly BranchLimits[]): { limits: AgentLimits; branchLimits: BranchLimits[] } {
  const own = stated.at(-1)?.limits ?? {};
  const ancestors = stated.slice(0, -1);
  const bounded = names.map((name) => {
    const above = ancestors.map((ancestor) => ancestor.limits[name] ?? Number.POSITIVE_INFINITY);
    return [name, Math.min(own[name] ?? agentLimits[name], ...above)];
  });
  const branchLimits = ancestors.filter((ancestor) => Object.keys(ancestor.limits).length > 0);
  return { limits: Object.fromEntries(bounded) as AgentLimits, branchLimits };
}
