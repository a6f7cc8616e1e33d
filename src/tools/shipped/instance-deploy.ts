/** `instance-deploy`: reports what the customer's instance runs. Only the platform deploys, after the merge. */
import { z } from 'zod';
import { refuse } from '../../refusal.ts';
import type { Instance } from '../../work-items/instance.ts';
import { definePlatformTool, type PlatformTool } from '../tool.ts';

const schema = z.strictObject({
  action: z.enum(['push-config', 'push-code', 'verify', 'rollback']),
  payload: z.record(z.string(), z.unknown()).optional(),
});

const fix =
  'The platform deploys, verifies and rolls back by itself once the pull request is merged; use verify to look.';

export function createInstanceDeployTool(instance: Pick<Instance, 'version' | 'healthy'>): PlatformTool {
  return definePlatformTool({
    name: 'instance-deploy',
    description: "Tells about the customer's instance. The platform itself deploys, after the merge; agents only look.",
    schema,
    actionField: 'action',
    actionsOfField: { payload: [] },
    actions: { verify: 'tells which version the instance runs, and whether it is healthy' },
    async execute({ action }) {
      if (action !== 'verify') return refuse('TOOL_UNAVAILABLE', `agents cannot use ${action}`, fix);
      const [version, healthy] = await Promise.all([instance.version(), instance.healthy()]);
      return { ...version, healthy };
    },
  });
}
