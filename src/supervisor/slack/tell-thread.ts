/** The platform's own line in a thread where people wait and the turn cannot speak: it waits, or it broke for good. */
import { heardIn } from '../../conversations/heard.ts';
import { lastWordsKey } from '../../conversations/say.ts';
import type { Refusal } from '../../refusal.ts';
import type { Store } from '../../store/database/database.ts';
import { meaningOf } from '../../work-items/code-meaning.ts';
import { timeText } from '../../work-items/time-text.ts';
import type { RunningTurn } from '../running-turn.ts';

type Told = Pick<Store, 'threads' | 'outbox'>;

/** Nothing where nobody waits. `key` is made from the first and the last message that wait. */
async function tell(
  { threads, outbox }: Told,
  turn: RunningTurn,
  text: string,
  keyOf: (first: string, last: string) => string,
): Promise<void> {
  const { agentId, sessionId, batch } = turn;
  const [first] = heardIn(batch, 'slack.message').filter(({ isAddressed }) => isAddressed);
  const last = batch.at(-1);
  const thread = first && last && (await threads.ofSession(turn));
  if (!thread) return;
  const { app, channel, root } = thread;
  const place = { app, channel, root };
  const key = keyOf(first.id, last.id);
  await outbox.add({ key, agentId, sessionId, place, by: 'platform', what: { kind: 'post', text } });
}

/** Once for each reason while the same message waits. It says nothing of what passes by itself, and nothing that others wrote. */
export async function tellWait(store: Told, turn: RunningTurn, why: Refusal): Promise<void> {
  const { waitsFor, passes } = meaningOf(why);
  if (passes) return;
  const { agentId, sessionId } = turn;
  const what = why.system === 'model' ? "the model's provider, which does not answer" : waitsFor;
  const reason = what ? `I wait for ${what}` : 'something must be put right first';
  const when = why.until === undefined ? '' : `, and try again at ${timeText(why.until)}`;
  const text = `I cannot answer yet: ${reason}${when}. Your message stays here. Operators: \`jvagent logs ${agentId} ${sessionId}\` tells more (${why.refused}).`;
  await tell(store, turn, text, (first) => `waits:${why.refused}:${agentId}:${sessionId}:${first}`);
}

/** Unless the turn had its last words before it broke. */
export async function tellGivenUp(store: Told, turn: RunningTurn): Promise<void> {
  const { agentId, sessionId } = turn;
  const text = `I have no answer: my turns broke again and again. Please ask again. Operators: \`jvagent logs ${agentId} ${sessionId}\` tells more.`;
  await tell(store, turn, text, (_, last) => lastWordsKey(turn, last));
}
