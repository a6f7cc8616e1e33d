/** What a parked session waits for, in words that people and outsiders read; the lifecycle itself does not read it. */
import { z } from 'zod';

const workItemId = z.int().positive();
const resumePrompt = z.string().min(1);

export const pendingTriggerSchema = z.union([
  z.strictObject({
    type: z.literal('azdo_state_change'),
    workItemId,
    targetState: z.string().min(1),
    resumePrompt,
  }),
  z.strictObject({
    type: z.literal('azdo_state_change'),
    workItemId,
    targetStates: z.array(z.string().min(1)).min(1),
    resumePrompt,
  }),
  z.strictObject({ type: z.literal('azdo_comment'), workItemId, resumePrompt }),
  z.strictObject({ type: z.literal('pull_request_merge'), workItemId, prUrl: z.string().min(1), resumePrompt }),
]);

/** One state or several of the tile, a person's comment on it, or the merge of its pull request. */
export type PendingTrigger = z.infer<typeof pendingTriggerSchema>;
