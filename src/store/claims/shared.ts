/**
 * What running turns of all nodes share: the money that they set aside, and the right to change an agent's instance.
 *
 * Both are kept in the session's row and count until its lease is over, so a dead node keeps nothing from the others.
 */
import { type AgentId, isWithin } from '../../agents/agent-id.ts';
import type { SessionId } from '../../broker/session-id.ts';
import type { Refusal } from '../../refusal.ts';
import type { WorkItem } from '../../work-items/work-item.ts';
import { lock } from '../database/at-once/locks.ts';
import type { Db } from '../database/schema.ts';
import type { Words } from '../database/words.ts';
import { ofTurn, type TurnKey, turnIsOver } from '../fence.ts';
import { parsed } from '../rows.ts';
import { addUsage, todayOf, type UsageAmount } from '../usage.ts';

/** What turns have spent and set aside, in USD. */
export interface Spending {
  /** Of the turn's session, ever. */
  readonly usdOfSession: number;
  /** What the turn has set aside. */
  readonly usdAside: number;
  /** What other turns have set aside. */
  readonly othersAside: readonly { readonly agentId: AgentId; readonly usd: number }[];
  /** Since 0:00 UTC. */
  readonly today: readonly { readonly agentId: AgentId; readonly usd: number }[];
}

export interface Shared {
  /**
   * Sets money aside for the turn if `judge` does not refuse. Until that is stored, nobody else sets any aside for these agents, each
   * of which stands for itself and its descendants. GATE_LEASE if the turn is over.
   */
  setAside(
    turn: TurnKey,
    usd: number,
    branches: readonly string[],
    judge: (spending: Spending) => Refusal | undefined,
  ): Promise<Refusal | undefined>;
  /** Stores what a call cost and releases what was set aside for it, at once. */
  settle(turn: TurnKey, usdAside: number, amount: UsageAmount, phase: string | undefined): Promise<void>;
  /** Releases what was set aside. */
  release(turn: TurnKey, usdAside: number): Promise<void>;
  /**
   * From now on the turn is the only one that changes its agent's instance, until `leaveInstance` or its end. Otherwise the session
   * that does, or one whose deployment is not over.
   */
  takeInstance(turn: TurnKey): Promise<SessionId | undefined>;
  leaveInstance(turn: TurnKey): Promise<void>;
}

/** What stands aside is read before what was spent: a call that is settled in between counts twice, never not at all. */
async function spendingOf(trx: Db, { time }: Words, turn: TurnKey, branches: readonly string[], now: number) {
  const asides = await trx
    .selectFrom('sessions')
    .select(['agent_id', 'claim_id', 'usd_aside'])
    .where('lease_until', '>', time())
    .where('usd_aside', '>', 0)
    .execute();
  const session = await trx
    .selectFrom('sessions')
    .select('usd')
    .where((eb) => eb.and(ofTurn(turn)))
    .where('lease_until', 'is not', null)
    .executeTakeFirst();
  if (!session) return undefined;
  const ofAny = (id: string) => branches.some((branch) => isWithin(id as AgentId, branch as AgentId));
  const own = asides.find((row) => row.claim_id === turn.claimId);
  const others = asides.filter((row) => row !== own && ofAny(row.agent_id));
  return {
    usdOfSession: session.usd,
    usdAside: own?.usd_aside ?? 0,
    othersAside: others.map((row) => ({ agentId: row.agent_id as AgentId, usd: row.usd_aside })),
    today: (await todayOf(trx, branches, now)).map((row) => ({ agentId: row.agent_id as AgentId, usd: row.usd })),
  } satisfies Spending;
}

async function addAside(trx: Db, turn: TurnKey, usd: number): Promise<void> {
  const own = trx.updateTable('sessions').where((eb) => eb.and(ofTurn(turn)));
  await own.set((eb) => ({ usd_aside: eb('usd_aside', '+', usd) })).execute();
}

/** Flags are read first: what another turn has sent is stored before it takes its own away. */
async function changing(trx: Db, { time }: Words, { agentId, claimId }: TurnKey): Promise<SessionId | undefined> {
  const ofAgent = () =>
    trx.selectFrom('sessions').where('agent_id', '=', agentId).where('claim_id', 'is distinct from', claimId);
  const busy = ofAgent().select('session_id').where('takes_instance', '=', 1).where('lease_until', '>', time());
  const deploys = await busy.executeTakeFirst();
  if (deploys) return deploys.session_id as SessionId;
  const items = await ofAgent().select(['session_id', 'item']).where('phase', '=', 'deploying').execute();
  const sent = items.find(({ item }) => parsed<WorkItem>(item)?.deployment?.sent?.isUnderWay);
  return sent?.session_id as SessionId | undefined;
}

export function createShared(db: Db, words: Words, now: () => number): Shared {
  const setFlag = async (trx: Db, turn: TurnKey, takes_instance: number) => {
    const own = trx.updateTable('sessions').where((eb) => eb.and(ofTurn(turn)));
    await own.set({ takes_instance }).execute();
  };
  return {
    setAside: (turn, usd, branches, judge) =>
      db.transaction().execute(async (trx) => {
        await lock(trx, ...branches.map((branch) => `money/${branch}` as const));
        const spending = await spendingOf(trx, words, turn, branches, now());
        const refusal = spending ? judge(spending) : turnIsOver(turn);
        if (!refusal) await addAside(trx, turn, usd);
        return refusal;
      }),
    settle: (turn, usdAside, amount, phase) =>
      db.transaction().execute(async (trx) => {
        await addUsage(trx, turn, amount, phase, now());
        await addAside(trx, turn, -usdAside);
      }),
    release: (turn, usdAside) => addAside(db, turn, -usdAside),
    takeInstance: (turn) =>
      db.transaction().execute(async (trx) => {
        await lock(trx, `instance/${turn.agentId}`);
        const busy = await changing(trx, words, turn);
        if (busy === undefined) await setFlag(trx, turn, 1);
        return busy;
      }),
    leaveInstance: (turn) => setFlag(db, turn, 0),
  };
}
