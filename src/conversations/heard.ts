/** A message that people wrote in Slack, as an agent's session is given it. */
import { z } from 'zod';
import type { Message } from '../broker/message.ts';

const slackTime = z.string().regex(/^[0-9]{1,20}\.[0-9]{1,20}$/);

const payloadSchema = z.looseObject({
  app: z.string(),
  channel: z.string(),
  /** Slack's time of the message, by which it is named. */
  ts: slackTime,
  user: z.string(),
  userName: z.string().exactOptional(),
  text: z.string(),
  files: z.array(z.looseObject({ name: z.string() })).default([]),
  /** Whether somebody waits for an answer: it mentions the agent, is a direct message, or goes on with their talk. */
  isAddressed: z.boolean().default(false),
  /** The work item about which the agent began the thread. */
  workItemId: z.int().positive().exactOptional(),
});

export interface Heard extends z.output<typeof payloadSchema> {
  /** The broker's id of the message. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The messages of this command, oldest first; one that does not have the form of a message from Slack is left out. */
export function heardIn(batch: readonly Message[], command: 'slack.message' | 'slack.ambient'): Heard[] {
  const heard = batch.flatMap((message) => {
    const { data } = payloadSchema.safeParse(message.payload);
    return data && message.command === command ? [{ ...data, id: message.id, at: message.at }] : [];
  });
  return heard.toSorted((a, b) => Number(a.ts) - Number(b.ts));
}

/** Who wrote it, with what Slack calls them. */
export const speakerOf = ({ user, userName }: Pick<Heard, 'user' | 'userName'>): string =>
  userName === undefined ? user : `${userName} (${user})`;

/** When it was written, for people. */
export const timeOf = (ts: string): string => new Date(Math.floor(Number(ts) * 1_000)).toISOString();
