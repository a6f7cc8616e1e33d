/** The tools of a Slack thread: `reply`, `no-reply`, `ask`, `react`, `upload` and `slack-thread`; their place is the session's own thread. */
import { z } from 'zod';
import { answerCharsMax } from '../../broker/question.ts';
import { limits } from '../../limits.ts';
import type { Refusal } from '../../refusal.ts';
import { definePlatformTool, type PlatformTool } from '../tool.ts';
import { notForPeople } from './not-for-people.ts';

/** Each resolves with a refusal, or undefined once it is stored. */
export interface ThreadPorts {
  reply(text: string): Promise<Refusal | undefined>;
  noReply(reason: string): Promise<Refusal | undefined>;
  ask(question: string, options: string[] | undefined): Promise<Refusal | undefined>;
  react(name: string): Promise<Refusal | undefined>;
  /** `path` is the model's, unchecked. */
  upload(path: string, title: string): Promise<Refusal | undefined>;
  /** Messages of the thread as JSON, or a refusal. */
  read(page: { cursor?: string; limit: number }): Promise<unknown>;
}

const ended = 'Stop here and end your turn.';

async function done(stored: Promise<Refusal | undefined>, answer: object): Promise<unknown> {
  return (await stored) ?? answer;
}

/** The three of which a turn has one. */
function lastWords({ reply, noReply, ask }: ThreadPorts): PlatformTool[] {
  return [
    definePlatformTool({
      name: 'reply',
      description: 'Answers in the thread, once and in full; Markdown. End your turn after it.',
      schema: z.strictObject({ text: z.string().trim().min(1).max(answerCharsMax.text) }),
      isOwnWord: true,
      execute: async ({ text }) => notForPeople(text) ?? done(reply(text), { answered: true, next: ended }),
    }),
    definePlatformTool({
      name: 'no-reply',
      description: 'Ends the turn without a word in the thread; the reason goes to your log only.',
      schema: z.strictObject({ reason: z.string().trim().min(1).max(answerCharsMax.reason) }),
      isOwnWord: true,
      execute: ({ reason }) => done(noReply(reason), { silent: true, next: ended }),
    }),
    definePlatformTool({
      name: 'ask',
      description:
        'Asks the people in the thread one question that only they can answer. With `options` they get buttons; they can also write. Their answer starts your next turn.',
      schema: z.strictObject({
        question: z.string().trim().min(1).max(4_000),
        options: z.array(z.string().trim().min(1).max(75)).min(2).max(limits.askOptionsMax).optional(),
      }),
      isOwnWord: true,
      execute: async ({ question, options }) =>
        notForPeople(question) ?? done(ask(question, options), { asked: true, next: ended }),
    }),
  ];
}

const pageMessages = 50;

export function createThreadTools(ports: ThreadPorts): PlatformTool[] {
  return [
    ...lastWords(ports),
    definePlatformTool({
      name: 'react',
      description: 'Puts an emoji on the last message to you; it is no answer.',
      schema: z.strictObject({
        name: z.string().regex(/^[a-z0-9_+-]{1,100}$/, 'the name of an emoji without colons, such as white_check_mark'),
      }),
      isOwnWord: true,
      execute: ({ name }) => done(ports.react(name), { done: true }),
    }),
    definePlatformTool({
      name: 'upload',
      description: 'Puts a file into the thread: one that you wrote in /tree, or one in a folder that you can read.',
      schema: z.strictObject({
        path: z.string().min(1).max(1_000).describe('Such as /tree/report.md'),
        title: z.string().trim().min(1).max(200),
      }),
      isOwnWord: true,
      execute: ({ path, title }) => done(ports.upload(path, title), { uploaded: true }),
    }),
    definePlatformTool({
      name: 'slack-thread',
      description: 'Reads this thread, oldest messages first; `cursor` continues after the last page.',
      schema: z.strictObject({
        cursor: z.string().max(400).optional(),
        limit: z.int().min(1).max(200).default(pageMessages),
      }),
      execute: ({ cursor, limit }) => ports.read({ limit, ...(cursor === undefined ? {} : { cursor }) }),
    }),
  ];
}
