/**
 * Stores what impl agents propose, and how far each proposal is: every step happens once, with its audit entry in the same transaction.
 *
 * open -> confirmed -> sent -> done | failed; open -> declined | expired. What is sent is stored as sent before it goes out.
 */
import { digestOf } from '../../base/digest.ts';
import { known } from '../../base/known.ts';
import type {
  Proposal,
  ProposalOutcome,
  ProposalState,
  ProposedRequest,
  SeenValue,
  StoredProposal,
} from '../../conversations/proposal.ts';
import { nameText } from '../../conversations/proposal-text.ts';
import { limits } from '../../limits.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { timeText } from '../../work-items/time-text.ts';
import { appendAudit } from '../audit.ts';
import { lock } from '../database/at-once/locks.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { mustHold, ofSession, type SessionKey, type TurnKey } from '../fence.ts';
import { jsonText, parsed, withoutNulls } from '../rows.ts';
import { letBegin, lockSessions, wakeSession } from '../session-rows.ts';
import { askInThread, settleInThread, tellOutcomeInThread } from './proposal-posts.ts';

/** A person's word on a proposal. */
export interface ProposalDecision {
  readonly id: string;
  /** Of the proposal as the person was shown it. */
  readonly hash: string;
  readonly to: 'confirmed' | 'declined';
  /** As the audit log names them: `person/NAME`, or `slack/APP/USER`. */
  readonly by: string;
  /** As people name them. */
  readonly name: string;
  /** The permit of a decision in Slack. */
  readonly permitId?: string;
}

export interface Proposals {
  /**
   * The turn's own proposal; the stored one where its session has just this open already. RATE with too many open. People are asked
   * with `text` in the session's thread, if it has one.
   */
  add(turn: TurnKey, proposal: Proposal, text: string): Promise<StoredProposal | Refusal>;
  get(id: string): Promise<StoredProposal | undefined>;
  /** Those that nobody has decided yet, oldest first; of one agent or of all. */
  open(agentId?: string): Promise<StoredProposal[]>;
  /** Those of the session that are confirmed and not finished, oldest first. */
  confirmedOf(session: SessionKey): Promise<StoredProposal[]>;
  /** Once, and only for what is open as the person was shown it; a confirmed one wakes its session. */
  decide(decision: ProposalDecision): Promise<StoredProposal | Refusal>;
  /** Marks it as sent, right before it is: false if it is not the turn's own confirmed one. */
  begin(turn: TurnKey, id: string): Promise<boolean>;
  end(turn: TurnKey, id: string, outcome: ProposalOutcome, permitId?: string): Promise<void>;
  /** Ends those that nobody decided in time; what ended. */
  expire(): Promise<StoredProposal[]>;
}

function proposalOf(row: RowOf<'proposals'>): StoredProposal {
  const { id, hash, why, at, state } = row;
  return {
    ...{ id, hash, why, at, state },
    agentId: row.agent_id,
    sessionId: row.session_id,
    expiresAt: row.expires_at,
    request: JSON.parse(row.request) as ProposedRequest,
    before: JSON.parse(row.before ?? '{}') as SeenValue,
    ...withoutNulls({
      decidedBy: row.decided_by,
      decidedAt: row.decided_at,
      outcome: parsed<ProposalOutcome>(row.outcome),
    }),
  };
}

const proposalRow = (db: Db, id: string) =>
  db.selectFrom('proposals').selectAll().where('id', '=', id).executeTakeFirst();

/** The step, if the proposal is in `from`; whether it was. */
async function step(trx: Db, id: string, from: ProposalState, set: Partial<RowOf<'proposals'>>): Promise<boolean> {
  const { numUpdatedRows } = await trx
    .updateTable('proposals')
    .set(set)
    .where((eb) => eb.and({ id, state: from }))
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

function audit(
  trx: Db,
  proposal: Proposal,
  act: { actor: string; action: string; outcome: string; permit?: string },
  at: number,
) {
  const { agentId, sessionId, id, hash } = proposal;
  return appendAudit(trx, { agentId, sessionId, target: `proposal/${id}`, argsDigest: digestOf(hash), ...act }, at);
}

/** Why nobody can decide about it any more. */
function settledBy({ state, decidedBy, decidedAt, expiresAt }: StoredProposal): Refusal {
  const fix = 'Nothing to do. If the change is still wanted, ask the agent to propose it again.';
  if (state === 'expired' || !decidedBy) {
    return refuse('GATE_EXPIRED', `the proposal could be decided until ${timeText(expiresAt)}`, fix);
  }
  const how = state === 'declined' ? 'declined' : 'confirmed';
  return refuse('GATE_STATE', `the proposal was ${how} by ${decidedBy} at ${timeText(decidedAt ?? 0)}`, fix);
}

async function insertProposal(trx: Db, proposal: Proposal, text: string): Promise<StoredProposal | Refusal> {
  await lock(trx, `proposals/${proposal.agentId}`);
  const { agentId, id, hash, why, at, expiresAt, request, before } = proposal;
  const open = trx
    .selectFrom('proposals')
    .selectAll()
    .where((eb) => eb.and({ agent_id: agentId, state: 'open' }));
  const rows = await open.execute();
  const texts = { request: JSON.stringify(request), before: JSON.stringify(before) };
  const same = rows.find(
    (row) =>
      row.session_id === proposal.sessionId &&
      row.request === texts.request &&
      row.before === texts.before &&
      row.expires_at > at,
  );
  if (same) return proposalOf(same);
  if (rows.length >= limits.proposalsOpenMax) {
    const waiting = `${rows.length} proposals of ${agentId} wait for a person`;
    return refuse('RATE', waiting, 'Wait until people have decided about them.');
  }
  await trx
    .insertInto('proposals')
    .values({ ...ofSession(proposal), ...texts, id, hash, why, at, expires_at: expiresAt, state: 'open' })
    .execute();
  const stored = { ...proposal, state: 'open' } as const;
  await askInThread(trx, stored, text, at);
  await audit(trx, proposal, { actor: `agent/${agentId}`, action: 'propose', outcome: 'done' }, at);
  return stored;
}

async function decide(trx: Db, decision: ProposalDecision, now: number): Promise<StoredProposal | Refusal> {
  const { id, hash, to, by, name, permitId } = decision;
  const own = await proposalRow(trx, id);
  if (own) await lockSessions(trx, [{ agentId: own.agent_id, sessionId: own.session_id }]);
  const row = own && (await proposalRow(trx, id));
  if (!row)
    return refuse('GATE_STATE', `there is no proposal ${id}`, 'Run `jvagent proposals` to see those that are open.');
  const proposal = proposalOf(row);
  if (proposal.state !== 'open' || proposal.expiresAt <= now) return settledBy(proposal);
  if (proposal.hash !== hash) {
    const fix = 'Look at the proposal as it is now, and decide about that.';
    return refuse('GATE_REV', `proposal ${id} is not the one that was shown`, fix);
  }
  if (!(await step(trx, id, 'open', { state: to, decided_by: name, decided_at: now })))
    return settledBy(proposalOf((await proposalRow(trx, id)) ?? row));
  const words = `**${to === 'confirmed' ? 'Confirmed' : 'Declined'}** by ${nameText(name)}, ${timeText(now)}.`;
  await settleInThread(trx, proposal, words, by, now);
  if (to === 'confirmed') {
    await letBegin(trx, proposal);
    await wakeSession(trx, proposal, now).execute();
  }
  const action = to === 'confirmed' ? 'confirm' : 'decline';
  await audit(trx, proposal, { actor: by, action, outcome: 'done', ...known({ permit: permitId }) }, now);
  return { ...proposal, state: to, decidedBy: name, decidedAt: now };
}

async function end(
  trx: Db,
  row: RowOf<'proposals'>,
  outcome: ProposalOutcome,
  permit: string | undefined,
  now: number,
) {
  const state = outcome.kind === 'done' ? 'done' : 'failed';
  const isOpen = row.state === 'confirmed' || row.state === 'sent';
  if (!isOpen || !(await step(trx, row.id, row.state, { state, outcome: jsonText(outcome) }))) return;
  const words = outcome.kind === 'refused' ? `refused ${outcome.refusal.refused}` : outcome.kind;
  const proposal = proposalOf(row);
  const act = { actor: `agent/${row.agent_id}`, action: 'conversation-write', outcome: words };
  await tellOutcomeInThread(trx, proposal, outcome, now);
  await audit(trx, proposal, { ...act, ...known({ permit }) }, now);
}

/** False if somebody else has ended it meanwhile. */
async function expireOne(trx: Db, proposal: StoredProposal, now: number): Promise<boolean> {
  if (!(await step(trx, proposal.id, 'open', { state: 'expired' }))) return false;
  await settleInThread(trx, proposal, '**Nobody decided in time**, so nothing is sent.', 'platform', now);
  await audit(trx, proposal, { actor: 'platform', action: 'expire', outcome: 'done' }, now);
  return true;
}

export function createProposals(db: Db, now: () => number): Proposals {
  const own = (trx: Db, { agentId, sessionId }: SessionKey, id: string) =>
    trx
      .selectFrom('proposals')
      .selectAll()
      .where((eb) => eb.and({ id, ...ofSession({ agentId, sessionId }) }))
      .executeTakeFirst();
  return {
    add: (turn, proposal, text) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, now());
        return insertProposal(trx, proposal, text);
      }),
    async get(id) {
      const row = await proposalRow(db, id);
      return row && proposalOf(row);
    },
    async open(agentId) {
      const open = db.selectFrom('proposals').selectAll().where('state', '=', 'open').where('expires_at', '>', now());
      const rows = await (agentId === undefined ? open : open.where('agent_id', '=', agentId)).orderBy('at').execute();
      return rows.map(proposalOf);
    },
    async confirmedOf(session) {
      const rows = await db
        .selectFrom('proposals')
        .selectAll()
        .where((eb) => eb.and(ofSession(session)))
        .where('state', 'in', ['confirmed', 'sent'])
        .orderBy('decided_at')
        .execute();
      return rows.map(proposalOf);
    },
    decide: (decision) => db.transaction().execute((trx) => decide(trx, decision, now())),
    begin: (turn, id) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, now());
        const row = await own(trx, turn, id);
        if (!row || !(await step(trx, id, 'confirmed', { state: 'sent' }))) return false;
        const act = { actor: `agent/${row.agent_id}`, action: 'conversation-write', outcome: 'intended' };
        await audit(trx, proposalOf(row), act, now());
        return true;
      }),
    end: (turn, id, outcome, permitId) =>
      db.transaction().execute(async (trx) => {
        await mustHold(trx, turn, now());
        const row = await own(trx, turn, id);
        if (row) await end(trx, row, outcome, permitId, now());
      }),
    async expire() {
      const open = db.selectFrom('proposals').selectAll().where('state', '=', 'open');
      const ended: StoredProposal[] = [];
      for (const row of await open.where('expires_at', '<=', now()).execute()) {
        if (await db.transaction().execute((trx) => expireOne(trx, proposalOf(row), now())))
          ended.push({ ...proposalOf(row), state: 'expired' });
      }
      return ended;
    },
  };
}
