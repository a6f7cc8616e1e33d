/** What the platform writes beside the model's words in a plan: what holds its change, and the lines under it. */
import type { CodeChangeAgent } from '../../agents/agent.ts';
import type { GateRules } from '../../work-items/gate/rules.ts';
import type { EventOf } from '../../work-items/lifecycle/events.ts';
import type { PlanBounds } from '../../work-items/plan.ts';
import { costText } from '../../work-items/plan-cost.ts';
import { planLines } from '../../work-items/plan-lines.ts';
import type { Warning } from '../../work-items/second-look.ts';
import type { ItemTurn } from './turn.ts';

export function gateRulesOf({ devops, config }: CodeChangeAgent): GateRules {
  const { stateMapping: mapping, approvers } = devops;
  const { maxAgeDays, notRequester } = config.approval;
  return { mapping, maxAgeDays, notRequester, ...(approvers ? { approvers } : {}) };
}

export function planBoundsOf({ agent, connections }: Pick<ItemTurn, 'agent' | 'connections'>): PlanBounds {
  const { instance, config } = agent;
  const { mode = 'off' } = instance?.deploy ?? {};
  const { targetBranch } = connections.repository;
  const bounds = { outOfPlan: config.approval.outOfPlan, targetBranch };
  return instance && mode !== 'off' ? { ...bounds, instance: { name: instance.name, mode } } : bounds;
}

/** The submitted plan with the lines that are posted under it. */
export async function withPlanLines(
  { agent, supervisor, clock }: ItemTurn,
  event: EventOf<'plan-submitted'>,
  warnings: readonly Warning[],
): Promise<EventOf<'plan-submitted'>> {
  const earlier = await supervisor.call('earlierItems', {});
  const cost = costText(earlier, event.plan.files.length);
  return { ...event, below: planLines(gateRulesOf(agent), { cost, warnings }, clock.now()) };
}
