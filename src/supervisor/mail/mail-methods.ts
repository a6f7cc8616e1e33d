/** What a turn asks of its supervisor to send a mail: a row before it leaves, and its outcome, in the log and the agent's record too. */
import type { Refusal } from '../../refusal.ts';
import { noteActivity } from '../copies/activity.ts';
import type { Node } from '../node.ts';
import type { RunningTurn } from '../running-turn.ts';
import type { TurnNotes } from '../turn-notes.ts';

interface MailBegin {
  to: string;
  subject: string;
  hash: string;
  /** The number of the mail in its turn. */
  nth: number;
}

interface MailEnd {
  id: string;
  to: string;
  subject: string;
  outcome: 'sent' | 'unsure' | Refusal;
  permitId?: string;
}

export function mailMethods(
  { store, clock, crashPoints }: Pick<Node, 'store' | 'clock' | 'crashPoints'>,
  notes: TurnNotes,
) {
  return {
    async begin(turn: RunningTurn, { nth, ...mail }: MailBegin) {
      const { agentId, sessionId, epoch, batch } = turn;
      const key = `mail:${agentId}:${sessionId}:${batch.at(-1)?.id ?? `turn-${epoch}`}:${nth}`;
      const begun = await store.mails.begin(turn, { ...mail, key });
      crashPoints.reach('supervisor.commit');
      return begun;
    },
    async end(turn: RunningTurn, { id, to, subject, outcome, permitId }: MailEnd): Promise<void> {
      await store.mails.end(turn, id, outcome, permitId);
      crashPoints.reach('supervisor.commit');
      const came =
        outcome === 'sent' ? 'sent' : outcome === 'unsure' ? 'may have been sent' : `not sent: ${outcome.refused}`;
      const text = `mail to ${to}, ${subject}: ${came}`;
      await notes.write(turn, [{ at: clock.now(), kind: 'mail', text }]);
      await noteActivity(store, turn.agent, clock.now(), text);
    },
  };
}
