/** `submit-plan`: submits the plan for approval; the result of a planning turn. */
import { limits } from '../../limits.ts';
import type { Refusal } from '../../refusal.ts';
import { type Plan, type PlanBounds, planSchema, writePlan } from '../../work-items/plan.ts';
import { definePlatformTool, type PlatformTool } from '../tool.ts';

/** A plan that one comment and one pull request can hold, as people read it. */
const postable = (bounds: PlanBounds) =>
  planSchema.superRefine((plan, context) => {
    const [chars, most] = [writePlan(0, plan, bounds).text.length, limits.planWrittenCharsMax];
    if (chars <= most) return;
    const message = `the plan has ${chars} characters as people read it, and at most ${most} can be posted: say the same in fewer words`;
    context.addIssue({ code: 'custom', message });
  });

export function createSubmitPlanTool(
  bounds: PlanBounds,
  submit: (plan: Plan) => Promise<Refusal | undefined>,
): PlatformTool {
  return definePlatformTool({
    name: 'submit-plan',
    description:
      'Submits the plan for this work item, with every file that may change as a literal path. A person reads it in a minute and approves exactly this plan, so keep it short. End your turn after it.',
    schema: postable(bounds),
    isOwnWord: true,
    async execute(plan) {
      const refusal = await submit(plan);
      return refusal ?? { submitted: true, next: 'The plan is submitted. Stop here and end your turn.' };
    },
  });
}
