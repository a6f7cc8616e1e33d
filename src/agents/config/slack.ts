/** The schema of the block `slack`: where the agent is heard and speaks, and who may decide what there. */
import { z } from 'zod';
import { text } from './forms.ts';

/** A channel's id; its name can change, and another channel can have had it. */
const channel = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'the id of a channel, such as C0123456789');

const person = z.looseObject({
  /** Who that is outside Slack: the mail address by which the other systems know them. */
  person: text,
  /** What they may do by a button or a word to the bot; without this they may ask. */
  may: z.array(z.enum(['start', 'stop', 'reject', 'confirm'])).default([]),
});

export const slackConfig = z.looseObject({
  /** The name of an additional Slack app, `slack/NAME.env`. */
  app: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'the name of an app in slack/')
    .optional(),
  channels: z.array(channel).default([]),
  /** The channel that is told about each new phase of a work item. */
  statusChannel: channel.optional(),
  /** Whether the agent is heard in channels that are shared with another company. */
  allowShared: z.boolean().default(false),
  /** Whose direct messages the agent takes: those of `people`, or of everybody in the workspace. */
  directMessages: z.enum(['people', 'all']).default('people'),
  /** By the user's id in Slack. A name that somebody shows proves nothing. */
  people: z
    .record(z.string().regex(/^[UW][A-Z0-9]{1,30}$/, 'the id of a user, such as U0123456789'), person)
    .default({}),
});
