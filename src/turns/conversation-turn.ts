/**
 * One turn of the engine for a question, as its steps.
 *
 * question -> what is asked; the engine starts -> may the model be asked? -> the talk with the engine, its events one by one -> answered; else
 * once more, with a hint; else the one who asked is told why there is no answer. A question that must wait stays open.
 */
import type { ConversationAgent } from '../agents/agent.ts';
import { redactValue } from '../base/redact.ts';
import type { Message } from '../broker/message.ts';
import { type Answer, failedAnswer, questionText } from '../broker/question.ts';
import type { TurnRest } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { createReplyTools } from '../tools/shipped/reply.ts';
import { instanceTools } from './conversation/instance-tools.ts';
import { type Unanswered, unansweredBy, waitsFor } from './conversation/outcome.ts';
import { askedLead, conversationRole, questionPrompt, unanswered } from './conversation/prompt.ts';
import { endedEntry, stoppedBy } from './talk/how-ended.ts';
import { brokenBy } from './talk/resume.ts';
import type { Talk } from './talk/talk.ts';
import type { Topic } from './talk/topic.ts';
import { toolsOf } from './talk/turn-tools.ts';
import { record, type Turn } from './turn.ts';

/** A question that is being answered, and whether it was settled. */
interface Asked {
  readonly question: Message;
  readonly text: string;
  isSettled: boolean;
}

/** The engine's own tools: enough to read with, and to note in `/memory`. */
const builtinTools = ['Read', 'Glob', 'Grep', 'Bash'];

export async function answerQuestion(turn: Turn<ConversationAgent>, talk: Talk, question: Message): Promise<TurnRest> {
  const text = questionText(question);
  if (isRefusal(text)) return fail(turn, question, text);
  const asked: Asked = { question, text, isSettled: false };
  const topic = topicOf(turn, asked, askedLead);
  talk.expect(topic);
  const closed = await talk.closed();
  if (closed) return waitsFor(closed, turn.clock.now());
  await record(turn, { at: turn.clock.now(), kind: 'question', text: `${question.from}: ${text}` });
  const first = await tryToAnswer(turn, talk, asked, topic);
  const again = first && 'again' in first && topicOf(turn, asked, unanswered(first.again));
  const last = again ? await tryToAnswer(turn, talk, asked, again) : first;
  if (!last) return {};
  if ('waits' in last) return last.waits;
  return fail(turn, question, 'failed' in last ? last.failed : gaveNone(turn, last.again));
}

/** Undefined once the question is settled. */
async function tryToAnswer(turn: Turn, talk: Talk, asked: Asked, topic: Topic): Promise<Unanswered | undefined> {
  const talked = await talk.on(topic);
  const now = turn.clock.now();
  const how = asked.isSettled ? 'succeeded' : (stoppedBy(talked) ?? 'failed');
  await record(turn, endedEntry(how, talked.ended, now));
  return asked.isSettled ? undefined : unansweredBy(talked, now);
}

function topicOf(turn: Turn, asked: Asked, lead: string): Topic {
  const { question, text } = asked;
  const { sessionId } = turn.order;
  async function settle(answer: Answer): Promise<Refusal | undefined> {
    const refusal = await give(turn, question, answer);
    asked.isSettled ||= refusal === undefined;
    return refusal;
  }
  return {
    misfit: (conversation) => conversation && brokenBy(conversation),
    setting: async () => ({
      role: conversationRole,
      extraMounts: [],
      builtinTools,
      tools: await toolsOf(turn, { kind: 'conversation' }, [...createReplyTools(settle), ...instanceTools(turn)]),
    }),
    words: async ({ isCut }) => ({
      prompt: questionPrompt(question, text, {
        sessionId,
        lead,
        charsMax: isCut ? limits.promptCharsCut : limits.promptCharsMax,
      }),
    }),
  };
}

/** To the one who asked, with nothing secret in it; a refusal if the question was answered before. */
async function give({ supervisor, redact }: Turn, { id }: Message, answer: Answer): Promise<Refusal | undefined> {
  const given = await supervisor.call('answer', { questionId: id, answer: redactValue(redact, answer) });
  return isRefusal(given) ? given : undefined;
}

async function fail(turn: Turn, question: Message, why: Refusal): Promise<TurnRest> {
  await give(turn, question, failedAnswer(why));
  return {};
}

function gaveNone({ agent, order }: Turn, why: string): Refusal {
  const fix = `See what it did with \`jvagent logs ${agent.id} ${order.sessionId}\`, and ask again.`;
  return refuse('ATTEMPTS', `${agent.id} ended its turn twice without an answer: ${why}`, fix);
}
