/**
 * A question to an agent, and its one answer.
 *
 * `ask {text}` -> `reply {text}`, `no-reply {reason}`, or `ask.failed {refused, why, fix}` in the platform's own words; each is
 * caused by its question and goes to whoever asked, once.
 */
import { z } from 'zod';
import type { AgentId } from '../agents/agent-id.ts';
import { type Code, codes, isRefusal, type Refusal, refuse } from '../refusal.ts';
import { type AgentAddress, agentOf, formatAddress } from './address.ts';
import type { Message, MessageDraft } from './message.ts';

/** What of a message makes it a question. */
type Asked = Pick<Message, 'command' | 'payload'>;

/** How long a model's answer, or its reason for none, may be, in characters. */
export const answerCharsMax = { text: 40_000, reason: 2_000 };

/** With room for the marks of secrets that were hidden in it. */
const said = (charsMax: number) =>
  z
    .string()
    .min(1)
    .max(2 * charsMax);

const refusalSchema = z.object({
  refused: z.custom<Code>((code) => typeof code === 'string' && Object.hasOwn(codes, code)),
  why: said(answerCharsMax.text),
  fix: said(answerCharsMax.text),
  until: z.number().exactOptional(),
  system: z.literal('model').exactOptional(),
});

/** An answer as it comes from a worker. */
export const answerSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('reply'), payload: z.object({ text: said(answerCharsMax.text) }) }),
  z.object({ command: z.literal('no-reply'), payload: z.object({ reason: said(answerCharsMax.reason) }) }),
  z.object({ command: z.literal('ask.failed'), payload: refusalSchema }),
]);

export type Answer = z.infer<typeof answerSchema>;

const payloadSchema = z.looseObject({ text: z.string().trim().min(1) });

export const isQuestion = ({ command }: Pick<Message, 'command'>): boolean => command === 'ask';

/** What is asked; CONFIG_INVALID where the question has no text. */
export function questionText({ payload }: Asked): string | Refusal {
  const { data } = payloadSchema.safeParse(payload);
  return (
    data?.text ?? refuse('CONFIG_INVALID', 'the question has no text', 'Ask with a payload such as {"text": "..."}.')
  );
}

/** The questions among messages that this agent is to answer itself; one that only listens to another's does not. */
export function questionsTo(agentId: string, messages: readonly Message[]): Message[] {
  return messages.filter((message) => isQuestion(message) && agentOf(message.to) === agentId);
}

/** Why an agent with a board is asked nothing. */
export const answersNone = (agentId: AgentId): Refusal =>
  refuse(
    'ADDRESS_DENIED',
    `${agentId} works on the items of its board; it answers no questions`,
    'Ask an agent without a board, or write to the work item.',
  );

/** Why there is no answer, in the platform's words. */
export const failedAnswer = (why: Refusal): Answer => ({ command: 'ask.failed', payload: { ...why } });

const answerKeyStart = 'answer:';

/** The key under which a question has one answer from a session. */
export const answerKey = ({ id }: Pick<Message, 'id'>): string => `${answerKeyStart}${id}`;

/** Whether a dedupe key has the form that answers alone have. */
export const isAnswerKey = (key = ''): boolean => key.startsWith(answerKeyStart);

/** The message that answers, but for what the server gives it. */
export function answerOf(question: Message, { command, payload }: Answer, from: AgentAddress) {
  const stated = { to: question.from, from: formatAddress(from), command, payload: { ...payload } };
  return { ...stated, dedupeKey: answerKey(question), causedBy: question.id } satisfies MessageDraft & Partial<Message>;
}

/** What a stored message answers, for whoever asked. */
export function answerIn({ command, payload }: Message): { text: string } | { reason: string } | Refusal {
  if (command === 'reply') return { text: String(payload.text) };
  return isRefusal(payload) ? payload : { reason: String(payload.reason) };
}
