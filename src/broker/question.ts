/**
 * A question to an agent, and its answer.
 *
 * `ask {text}` -> `reply {text}`, `no-reply {reason}`, or `ask.failed {refused, why, fix}` from the platform. Each answer is
 * caused by its question and goes to the asker once.
 */
import { z } from 'zod';
import type { AgentId } from '../agents/agent-id.ts';
import { type Code, codes, isRefusal, type Refusal, refuse } from '../refusal.ts';
import { type AgentAddress, agentOf, formatAddress } from './address.ts';
import type { Message, MessageDraft } from './message.ts';

/** The parts of a message that make it a question. */
type Asked = Pick<Message, 'command' | 'payload'>;

/** The greatest length of a model's answer, and of its reason for not answering, in characters. */
export const answerCharsMax = { text: 40_000, reason: 2_000 };

/** Leaves room for the markers that replace redacted secrets. */
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

/** An answer, as a worker sends it. */
export const answerSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('reply'), payload: z.object({ text: said(answerCharsMax.text) }) }),
  z.object({ command: z.literal('no-reply'), payload: z.object({ reason: said(answerCharsMax.reason) }) }),
  z.object({ command: z.literal('ask.failed'), payload: refusalSchema }),
]);

export type Answer = z.infer<typeof answerSchema>;

const answerCommands: ReadonlySet<string> = new Set<Answer['command']>(['reply', 'no-reply', 'ask.failed']);

const payloadSchema = z.looseObject({ text: z.string().trim().min(1) });

export const isQuestion = ({ command }: Pick<Message, 'command'>): boolean => command === 'ask';

/** The text of a question; CONFIG_INVALID if it has none. */
export function questionText({ payload }: Asked): string | Refusal {
  const { data } = payloadSchema.safeParse(payload);
  return (
    data?.text ?? refuse('CONFIG_INVALID', 'the question has no text', 'Ask with a payload such as {"text": "..."}.')
  );
}

/** The questions that this agent has to answer; a subscriber does not answer questions to other agents. */
export function questionsTo(agentId: string, messages: readonly Message[]): Message[] {
  return messages.filter((message) => isQuestion(message) && agentOf(message.to) === agentId);
}

/** Why an agent with a board cannot be asked. */
export const answersNone = (agentId: AgentId): Refusal =>
  refuse(
    'ADDRESS_DENIED',
    `${agentId} works on the items of its board and does not answer questions`,
    'Ask an agent without a board, or write a comment on the work item.',
  );

/** The platform's answer if the agent gave none. */
export const failedAnswer = (why: Refusal): Answer => ({ command: 'ask.failed', payload: { ...why } });

const answerKeyStart = 'answer:';

/** The dedupe key of the answer to a question: it allows only one. */
export const answerKey = ({ id }: Pick<Message, 'id'>): string => `${answerKeyStart}${id}`;

/** Whether a dedupe key has the form that is reserved for answers. */
export const isAnswerKey = (key = ''): boolean => key.startsWith(answerKeyStart);

/** The message that carries an answer, without the fields that the server sets. */
export function answerOf(question: Message, { command, payload }: Answer, from: AgentAddress) {
  const stated = { to: question.from, from: formatAddress(from), command, payload: { ...payload } };
  return { ...stated, dedupeKey: answerKey(question), causedBy: question.id } satisfies MessageDraft & Partial<Message>;
}

/** The answers among these messages; only the broker gives their keys, so nobody can forge one. */
export const answersIn = (messages: readonly Message[]): Message[] =>
  messages.filter(({ command, dedupeKey }) => isAnswerKey(dedupeKey) && answerCommands.has(command));

/** The answer in a stored message, for the asker. */
export function answerIn({ command, payload }: Message): { text: string } | { reason: string } | Refusal {
  if (command === 'reply') return { text: String(payload.text) };
  return isRefusal(payload) ? payload : { reason: String(payload.reason) };
}
