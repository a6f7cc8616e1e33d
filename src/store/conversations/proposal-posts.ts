/** What people read of a proposal in its session's thread: the question with its buttons, their decision, the outcome. */
import type { ProposalOutcome, StoredProposal } from '../../conversations/proposal.ts';
import { outcomeText } from '../../conversations/proposal-text.ts';
import type { Db } from '../database/schema.ts';
import { addToOutbox, outboxByKey } from './outbox-rows.ts';
import { settle } from './settle.ts';
import { threadOfSession } from './threads.ts';

const keyOf = (id: string) => `proposal:${id}`;

/** The names of the marks on the buttons of a proposal. */
export const proposalActions = { confirm: 'confirm', decline: 'decline' } as const;

async function placeOf(trx: Db, proposal: StoredProposal) {
  const thread = await threadOfSession(trx, proposal);
  return thread && { app: thread.app, channel: thread.channel, root: thread.root };
}

/** Asks people, once; nothing where the session has no thread. */
export async function askInThread(trx: Db, proposal: StoredProposal, text: string, now: number): Promise<void> {
  const place = await placeOf(trx, proposal);
  if (!place) return;
  const { id, agentId, sessionId, hash, expiresAt } = proposal;
  const body = { proposalId: id, hash };
  const buttons = [
    { label: 'Confirm', action: proposalActions.confirm, body, expiresAt, style: 'primary' as const },
    { label: 'Decline', action: proposalActions.decline, body, expiresAt },
  ];
  const what = { kind: 'post', text } as const;
  await addToOutbox(trx, { key: keyOf(id), agentId, sessionId, place, by: 'agent', what, buttons }, now);
}

/** The message has no buttons any more, and says what became of the question. */
export async function settleInThread(trx: Db, { id }: StoredProposal, words: string, by: string, now: number) {
  const post = await outboxByKey(trx, keyOf(id));
  if (post) await settle(trx, post, words, by, now);
}

export async function tellOutcomeInThread(trx: Db, proposal: StoredProposal, outcome: ProposalOutcome, now: number) {
  const place = await placeOf(trx, proposal);
  if (!place) return;
  const { id, agentId, sessionId, decidedBy = 'nobody' } = proposal;
  const what = { kind: 'post', text: outcomeText(proposal, outcome, decidedBy) } as const;
  await addToOutbox(trx, { key: `proposal-outcome:${id}`, agentId, sessionId, place, by: 'platform', what }, now);
}
