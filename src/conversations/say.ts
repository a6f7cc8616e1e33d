/**
 * What a turn may say to people, and what is stored of it: an intent has no address, its place is that of the session's own thread.
 *
 * intent + facts -> wishes for the outbox | refusal
 */
import { z } from 'zod';
import { opaqueId } from '../base/opaque-id.ts';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { ButtonWish, OutboxWish, Place } from './outgoing.ts';

const words = z.string().min(1).max(limits.documentCharsMax);
const line = z.string().min(1).max(200);

export const sayIntentSchema = z.discriminatedUnion('kind', [
  /** `mention`: whether the person who is answered is named, so that Slack tells them. */
  z.object({ kind: z.literal('reply'), text: words, mention: z.boolean().exactOptional() }),
  /** `ts`: the message, by default the one that is answered. */
  z.object({
    kind: z.literal('react'),
    name: z.string().regex(/^[a-z0-9_+-]{1,100}$/, 'the name of an emoji, such as eyes'),
    ts: z
      .string()
      .regex(/^\d{1,20}\.\d{1,20}$/, 'the time of a message, as Slack writes it')
      .exactOptional(),
  }),
  /** `options` are shown as buttons; people can answer in their own words too. */
  z.object({
    kind: z.literal('ask'),
    text: words,
    options: z.array(z.string().min(1).max(75)).max(limits.askOptionsMax).exactOptional(),
  }),
  /** `content` is base64. */
  z.object({
    kind: z.literal('upload'),
    title: line,
    name: line,
    content: z.base64().max(Math.ceil(limits.slackFileBytesMax / 3) * 4),
  }),
]);

export type SayIntent = z.infer<typeof sayIntentSchema>;

/** Stored, and sent soon; the id of the first wish. */
export interface Said {
  readonly sent: true;
  readonly id: string;
}

/** What the supervisor knows of the turn that speaks. */
export interface SayFacts {
  readonly agentId: string;
  readonly sessionId: string;
  readonly epoch: number;
  /** Of the session's thread, if it has one. */
  readonly place?: Place;
  /** The last message that the turn was given: its broker id, and who wrote it in Slack and when. */
  readonly last?: { readonly id: string; readonly user?: string; readonly ts?: string };
  /** How often the agent spoke in the thread since a person last did. */
  readonly inRow: number;
  readonly now: number;
}

export const noThread = ({ agentId, sessionId }: Pick<SayFacts, 'agentId' | 'sessionId'>): Refusal =>
  refuse('ADDRESS_DENIED', `${sessionId} of ${agentId} has no thread in Slack`, 'End your turn: nobody waits there.');

/** Two agents, or an agent and another bot, could go on with each other for ever. */
const isLooping = ({ agentId, sessionId, inRow }: SayFacts): Refusal | undefined =>
  inRow < limits.agentPostsInRowMax
    ? undefined
    : refuse(
        'RATE',
        `${agentId} wrote ${inRow} messages in the thread of ${sessionId}, and no person wrote one since`,
        'End your turn. You are heard again when a person writes there.',
      );

function optionsOf({ options = [] }: Extract<SayIntent, { kind: 'ask' }>, now: number): ButtonWish[] {
  const expiresAt = now + limits.buttonHours * 3_600_000;
  return options.map((label) => ({ label, action: 'answer', body: { text: label }, expiresAt }));
}

/** How the key of everything begins that a turn says in words. */
export const spoken = 'say:';

/** A turn that comes again after it died has the same keys: people read one answer to a message. */
const keyOf = (
  { agentId, sessionId, epoch, last }: Pick<SayFacts, 'agentId' | 'sessionId' | 'epoch' | 'last'>,
  what: string,
) => `${spoken}${what}:${agentId}:${sessionId}:${last?.id ?? `turn-${epoch}`}`;

/** The key of the last words of a turn whose last message was this one. */
export const lastWordsKey = (of: Pick<SayFacts, 'agentId' | 'sessionId'>, messageId: string): string =>
  keyOf({ ...of, epoch: 0, last: { id: messageId } }, 'words');

/** What is stored for an intent, or why it is not said. */
export function wishOf(intent: SayIntent, facts: SayFacts): OutboxWish | Refusal {
  const { agentId, sessionId, place, last, now } = facts;
  if (!place) return noThread(facts);
  const own = { agentId, sessionId, place, by: 'agent' } as const;
  if (intent.kind === 'react') {
    const ts = intent.ts ?? last?.ts;
    if (ts === undefined)
      return refuse('TOOL_PATH', 'no message is named, and the turn was given none', 'Give its ts.');
    const { kind, name } = intent;
    return { ...own, key: `react:${agentId}:${sessionId}:${ts}:${name}`, what: { kind, name, ts } };
  }
  const loop = isLooping(facts);
  if (loop) return loop;
  switch (intent.kind) {
    case 'reply': {
      const mention = intent.mention && last?.user ? { mention: last.user } : {};
      return { ...own, key: keyOf(facts, 'words'), what: { kind: 'post', text: intent.text, ...mention } };
    }
    case 'ask': {
      const what = { kind: 'post', text: intent.text } as const;
      return { ...own, key: keyOf(facts, 'words'), what, buttons: optionsOf(intent, now) };
    }
    case 'upload':
      return { ...own, key: keyOf(facts, `file:${opaqueId(intent.name, intent.content)}`), what: intent };
  }
}
