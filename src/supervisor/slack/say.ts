/** What a turn says to people: stored for its session's own thread, noted in the session's log, and sent soon after. */
import type { Said, SayFacts, SayIntent } from '../../conversations/say.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import type { Node } from '../node.ts';
import type { RunningTurn } from '../running-turn.ts';
import type { TurnNotes } from '../turn-notes.ts';

const userForm = /^[UW][A-Z0-9]{1,40}$/;
const textIn = (value: unknown) => (typeof value === 'string' ? value : undefined);

/** The last message of a turn's batch; what Slack sent is checked before it stands in a message of ours. */
function lastOf({ batch }: RunningTurn): SayFacts['last'] {
  const last = batch.at(-1);
  if (!last) return undefined;
  const user = textIn(last.payload.user);
  const ts = textIn(last.payload.ts);
  return { id: last.id, ...(user && userForm.test(user) ? { user } : {}), ...(ts ? { ts } : {}) };
}

/** As it stands in the session's log. */
function lineOf(intent: SayIntent): string {
  switch (intent.kind) {
    case 'reply':
      return intent.text;
    case 'ask':
      return [intent.text, ...(intent.options ?? []).map((option) => `- ${option}`)].join('\n');
    case 'react':
      return `:${intent.name}:`;
    case 'upload':
      return `the file ${intent.name}: ${intent.title}`;
  }
}

export async function say(
  { store, crashPoints, poke, clock }: Pick<Node, 'store' | 'crashPoints' | 'poke' | 'clock'>,
  notes: Pick<TurnNotes, 'write'>,
  turn: RunningTurn,
  intent: SayIntent,
): Promise<Said | Refusal> {
  const said = await store.outbox.say(turn, intent, lastOf(turn));
  crashPoints.reach('supervisor.commit');
  const [kind, rest] = isRefusal(said) ? ['refused', { result: said }] : [intent.kind, {}];
  await notes.write(turn, [{ at: clock.now(), kind, text: lineOf(intent), ...rest }]);
  poke();
  return said;
}
