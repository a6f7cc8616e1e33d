/** `submit-plan`: submits the plan for approval; the result of a planning turn. */
import type { Refusal } from '../../refusal.ts';
import { type Plan, planSchema } from '../../work-items/plan.ts';
import { definePlatformTool, type PlatformTool } from '../tool.ts';

export function createSubmitPlanTool(submit: (plan: Plan) => Promise<Refusal | undefined>): PlatformTool {
  return definePlatformTool({
    name: 'submit-plan',
    description:
      'Submits the plan for this work item, with every file that may change as a literal path. A person approves exactly this plan. End your turn after it.',
    schema: planSchema,
    isOwnWord: true,
    async execute(plan) {
      const refusal = await submit(plan);
      return refusal ?? { submitted: true, next: 'The plan is submitted. Stop here and end your turn.' };
    },
  });
}
