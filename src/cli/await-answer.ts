/** Waits for the answer to a question that was sent, and tells meanwhile what keeps it, each reason once. */
import { systemClock } from '../base/clock.ts';
import { agentOf } from '../broker/address.ts';
import type { Message } from '../broker/message.ts';
import type { Refusal } from '../refusal.ts';
import type { StoredSession } from '../store/session-rows.ts';
import { pauseOf } from '../supervisor/permit-blocks.ts';
import { stateFolderOf } from '../supervisor/supervisor.ts';
import type { Context } from './context.ts';
import { findNode } from './find-node.ts';
import { disabledBy, isRunning } from './platform-status.ts';
import { timeText } from './print.ts';

const lookMs = 250;

export const isUp = (context: Context): boolean => findNode(stateFolderOf(context.settings().root)) !== undefined;

/** The session that the question was put to, once it was. */
async function sessionOf(context: Context, { id, to }: Message): Promise<StoredSession | undefined> {
  const { messages, sessions } = await context.store();
  const taker = (await messages.takersOf(id)).find(({ agentId }) => agentId === agentOf(to));
  return taker?.sessionId && sessions.get(taker.agentId, taker.sessionId);
}

/** What its last turn came to rest for is over once the next one is due; who stands in line for a worker is due all the time. */
function restOf({ waits, wakeAt = Number.POSITIVE_INFINITY, notBefore = 0, ...session }: StoredSession, now: number) {
  const isDue = wakeAt <= now && notBefore <= now && waits?.refused !== 'WORKERS';
  return isDue || isRunning(session, now) ? undefined : waits;
}

/** Why nothing of the agent begins at all, or why this session's last turn came to rest. */
async function refusalFor(context: Context, agentId: string, session: StoredSession | undefined) {
  const store = await context.store();
  const [memory, platformPausedAt] = await Promise.all([store.agents.get(agentId), store.platform.pausedAt()]);
  context.agents().refresh();
  const disabled = disabledBy(context.agent(agentId), memory);
  return disabled ?? pauseOf(agentId, memory, platformPausedAt) ?? (session && restOf(session, context.now()));
}

function textOf({ refused, why, fix, until }: Refusal, session: StoredSession | undefined): string {
  const nextAt = until ?? session?.notBefore;
  return [`${refused}: ${why}`, fix, ...(nextAt ? [`It is tried again at ${timeText(nextAt)} UTC.`] : [])].join('\n');
}

/** What keeps the question, in words; undefined while it is under way. */
async function keptBy(context: Context, question: Message): Promise<string | undefined> {
  if (!isUp(context)) return 'The platform is not up any more: the question is answered once `jvagent start` runs.';
  const session = await sessionOf(context, question);
  const refusal = await refusalFor(context, agentOf(question.to) ?? '', session);
  return refusal && textOf(refusal, session);
}

/** Undefined when the signal came first; fails when the agent is there no more. */
export async function awaitAnswer(
  context: Context,
  question: Message,
  signal: AbortSignal,
): Promise<Message | undefined> {
  const { messages } = await context.store();
  let told: string | undefined;
  while (!signal.aborted) {
    const answer = await messages.answerTo(question);
    if (answer) return answer;
    const kept = await keptBy(context, question);
    if (kept !== undefined && kept !== told) context.print.note(kept);
    told = kept;
    await systemClock.sleep(lookMs, signal);
  }
  return undefined;
}
