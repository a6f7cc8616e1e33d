/** Waits for the answer to a question that was sent, and says meanwhile what delays it, each reason once. */
import { systemClock } from '../../base/clock.ts';
import { agentOf } from '../../broker/address.ts';
import type { Message } from '../../broker/message.ts';
import type { Refusal } from '../../refusal.ts';
import { stoppedBy } from '../../status/agent-standing.ts';
import { isDue, isRunning } from '../../status/facts.ts';
import { readAgent, readPlatform } from '../../status/read-facts.ts';
import type { StoredSession } from '../../store/session-rows.ts';
import type { Context } from '../context.ts';
import { timeText } from '../print.ts';
import { isUp } from '../status-facts.ts';
import { lookThroughAway } from './while-away.ts';

const lookMs = 250;

/** The session that the question was put to, once it was. */
async function sessionOf(context: Context, { id, to }: Message): Promise<StoredSession | undefined> {
  const { messages, sessions } = await context.store();
  const taker = (await messages.takersOf(id)).find(({ agentId }) => agentId === agentOf(to));
  return taker?.sessionId && sessions.get(taker.agentId, taker.sessionId);
}

/** What its last turn came to rest for is over once the next one is due; one that waits for a worker is due all the time. */
function restOf(session: StoredSession, now: number): Refusal | undefined {
  const { waits } = session;
  const isTriedAgain = isDue(session, now) && waits?.refused !== 'WORKERS';
  return isTriedAgain || isRunning(session, now) ? undefined : waits;
}

/** Why nothing of the agent begins at all, or why this session's last turn came to rest. */
async function refusalFor(context: Context, agentId: string, session: StoredSession | undefined) {
  const [store, now] = [await context.store(), context.now()];
  context.agents().refresh();
  const platform = await readPlatform(store, { isUp: true, now });
  const stopped = stoppedBy(await readAgent(store, context.agent(agentId), platform));
  return stopped ?? (session && restOf(session, now));
}

function textOf({ refused, why, fix, until }: Refusal, session: StoredSession | undefined): string {
  const nextAt = until ?? session?.notBefore;
  return [`${refused}: ${why}`, fix, ...(nextAt ? [`It is tried again at ${timeText(nextAt)} UTC.`] : [])].join('\n');
}

/** What delays the question, in words; undefined while a turn works on it. */
async function keptBy(context: Context, question: Message): Promise<string | undefined> {
  if (!(await isUp(context))) return 'The platform is not running: the question is answered once `jvagent start` runs.';
  const session = await sessionOf(context, question);
  const refusal = await refusalFor(context, agentOf(question.to) ?? '', session);
  return refusal && textOf(refusal, session);
}

/** Undefined when the signal came first; fails when the agent is gone. */
export async function awaitAnswer(
  context: Context,
  question: Message,
  signal: AbortSignal,
): Promise<Message | undefined> {
  const { messages } = await context.store();
  const look = lookThroughAway(context.print, 'The question stays there; its answer is shown when it is back.');
  let told: string | undefined;
  while (!signal.aborted) {
    const answer = await look(async () => {
      const found = await messages.answerTo(question);
      if (found) return found;
      const kept = await keptBy(context, question);
      if (kept !== undefined && kept !== told) context.print.note(kept);
      told = kept;
      return undefined;
    });
    if (answer) return answer;
    await systemClock.sleep(lookMs, signal);
  }
  return undefined;
}
