/** What is read of the events and interactions that Slack sends; everything else in them is left alone. */
import { z } from 'zod';

const ts = z.string().regex(/^\d{1,20}\.\d{1,20}$/);
const id = z.string().min(1).max(100);
const fileShape = z.object({
  id,
  name: z.string().default('file'),
  size: z.number().default(0),
  mimetype: z.string().default('application/octet-stream'),
});
const forwardedShape = z.object({
  is_share: z.boolean().optional(),
  is_msg_unfurl: z.boolean().optional(),
  author_name: z.string().optional(),
  text: z.string().default(''),
});

/** What can be read of a list; a message counts without the rest. */
const readable = <T>(shape: z.ZodType<T>) =>
  z
    .array(z.unknown())
    .default([])
    .transform((list) => list.flatMap((each) => shape.safeParse(each).data ?? []));

export const messageShape = z.object({
  type: z.string(),
  subtype: z.string().optional(),
  channel: id,
  channel_type: z.string().optional(),
  user: id.optional(),
  text: z.string().default(''),
  ts,
  thread_ts: ts.optional(),
  bot_id: z.unknown().optional(),
  bot_profile: z.unknown().optional(),
  app_id: z.unknown().optional(),
  hidden: z.boolean().optional(),
  user_team: id.optional(),
  files: readable(fileShape),
  attachments: readable(forwardedShape),
});
export type WrittenMessage = z.infer<typeof messageShape>;

export const changedShape = z.object({
  subtype: z.enum(['message_changed', 'message_deleted']),
  channel: id,
  message: z.object({ ts, text: z.string().default('') }).optional(),
  previous_message: z.object({ ts, text: z.string().default('') }).optional(),
});
export const reactionShape = z.object({
  user: id,
  reaction: z.string(),
  item: z.object({ type: z.literal('message'), channel: id, ts }),
});
export const stoppedShape = z.object({ channel: id, thread_ts: ts, user: id });

export const outerShape = z.object({
  type: z.literal('event_callback'),
  team_id: id,
  context_team_id: id.nullish(),
  event_id: id,
  is_ext_shared_channel: z.boolean().optional(),
  event: z.looseObject({ type: z.string(), subtype: z.string().optional() }),
});
export type Outer = z.infer<typeof outerShape>;

const userShape = z.object({ id, team_id: id.optional() });
export const pressShape = z.object({
  type: z.literal('block_actions'),
  team: z.object({ id }),
  user: userShape,
  channel: z.object({ id }).optional(),
  container: z.object({ message_ts: ts.optional(), channel_id: id.optional(), thread_ts: ts.optional() }).optional(),
  message: z.object({ ts, thread_ts: ts.optional() }).optional(),
  trigger_id: z.string().optional(),
  response_url: z.string().optional(),
  actions: z
    .array(z.object({ action_id: z.string(), value: z.string().default(''), action_ts: z.string().optional() }))
    .min(1),
});
export const formShape = z.object({
  type: z.literal('view_submission'),
  team: z.object({ id }),
  user: userShape,
  trigger_id: z.string().optional(),
  view: z.object({
    id: z.string(),
    hash: z.string().optional(),
    callback_id: z.string(),
    private_metadata: z.string().default(''),
    state: z.object({
      values: z.record(z.string(), z.record(z.string(), z.object({ value: z.string().nullish() }))),
    }),
  }),
});
