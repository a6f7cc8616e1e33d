/** The schema of the block `slack`: where the agent is heard and speaks, and who may decide what there. */
import { z } from 'zod';
import { text } from './forms.ts';

/** A channel's id; its name can change, and another channel can have had it. */
const channel = z.string().regex(/^[A-Za-z0-9_-]{1,80}$/, 'the id of a channel, such as C0123456789');

const person = z.looseObject({
  person: text.describe('who that is outside Slack: the mail address by which the other systems know them'),
  may: z
    .array(z.enum(['start', 'stop', 'reject', 'confirm']))
    .default([])
    .describe('what they may do by a button or a command; without this they may ask'),
});

export const slackConfig = z.looseObject({
  channels: z
    .array(channel)
    .default([])
    .describe('ids of the channels in which the agent is heard and may write; see docs/slack.md'),
  statusChannel: channel.optional().describe('the channel that is told about each new phase of a work item (none)'),
  app: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]*$/, 'the name of an app in slack/')
    .optional()
    .describe('the name of a further Slack app, of `slack/NAME.env` (the app of `.env`)'),
  // By the user's id in Slack. A name that somebody shows proves nothing.
  people: z
    .record(z.string().regex(/^[UW][A-Z0-9]{1,30}$/, 'the id of a user, such as U0123456789'), person)
    .default({})
    .describe(
      '`{"U0123456789": {"person": "erin@acme.example.com", "may": ["start", "stop", "reject", "confirm"]}}`: who that is outside Slack, and what they may do by a button or a command',
    ),
  directMessages: z
    .enum(['people', 'all'])
    .default('people')
    .describe('whose direct messages the agent takes, of `people` or `all`'),
  allowShared: z
    .boolean()
    .default(false)
    .describe('whether the agent is heard in channels that are shared with another company'),
});
