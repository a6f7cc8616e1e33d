/**
 * The money of all running turns: set aside before each model call, and stored as spent as soon as the call has ended.
 *
 * set aside: stored as spent + set aside by running turns of all nodes + wanted <= each limit? -> stored;
 * settle -> cost stored, and what was set aside released
 *
 * Requests are handled one at a time, so that parallel turns share the rest of a day's budget instead of each using all of it. When
 * a turn ends, by itself or with its node, nothing is aside for it; what it settled is in the store.
 */
import { isWithin } from '../agents/agent-id.ts';
import type { Clock } from '../base/clock.ts';
import { createOrder } from '../base/in-order.ts';
import { workItemIdOf } from '../broker/session-id.ts';
import { type Code, type Refusal, refuse } from '../refusal.ts';
import type { Shared, Spending } from '../store/claims/shared.ts';
import type { Usage, UsageAmount } from '../store/usage.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import type { RunningTurn } from './running-turn.ts';

export interface PurseOptions {
  usage: Pick<Usage, 'add'>;
  shared: Pick<Shared, 'setAside' | 'settle' | 'release'>;
  clock: Pick<Clock, 'now'>;
}

export interface Purse {
  /** Reserves the maximum cost of a call. A refusal has `until` if other turns may release money soon. */
  reserve(turn: RunningTurn, usdMax: number): Promise<Refusal | undefined>;
  /** Releases the reservation of a call and stores its cost. */
  settle(turn: RunningTurn, usdMax: number, cost: Omit<UsageAmount, 'turns'>): Promise<void>;
  /** Counts a run of the engine, after all its costs are stored. */
  countTurn(turn: RunningTurn): Promise<void>;
}

interface Bound {
  code: Code;
  whose: string;
  usdMax: number;
  /** What counts against it, but for what the turn itself has set aside: spent, and set aside by others. */
  usd: number;
  usdOfOthers: number;
}

type Counts = (of: { agentId: RunningTurn['agentId'] }) => boolean;

/** The limits of the day of the agent's ancestors, each for its whole branch. */
const branchesOf = ({ agent }: RunningTurn) =>
  agent.branchLimits.flatMap(({ agentId: branch, limits: { dayUsdMax: usdMax } }) =>
    usdMax === undefined ? [] : [{ branch, usdMax }],
  );

/** All budgets that limit a turn; the turn itself has spent `spentUsd`. */
function boundsOf(turn: RunningTurn, spentUsd: number, { usdOfSession, othersAside, today }: Spending): Bound[] {
  const { turnUsdMax, itemUsdMax, dayUsdMax } = turn.agent.limits;
  const sumOf = (all: Spending['today'], counts: Counts) => all.filter(counts).reduce((sum, { usd }) => sum + usd, 0);
  const ofDay = (whose: string, usdMax: number, counts: Counts): Bound => ({
    ...{ code: 'BUDGET_DAY', whose, usdMax },
    usd: sumOf(today, counts),
    usdOfOthers: sumOf(othersAside, counts),
  });
  const own = (code: Code, whose: string, usdMax: number, usd: number): Bound => ({
    ...{ code, whose, usdMax, usd },
    usdOfOthers: 0,
  });
  // A conversation never ends, so only its turns are limited.
  const isItem = workItemIdOf(turn.sessionId) !== undefined;
  return [
    own('BUDGET_TURN', 'this turn', turnUsdMax, spentUsd),
    ...(isItem ? [own('BUDGET_ITEM', 'this work item', itemUsdMax, usdOfSession)] : []),
    ofDay("today's turns of this agent", dayUsdMax, ({ agentId }) => agentId === turn.agentId),
    ...branchesOf(turn).map(({ branch, usdMax }) =>
      ofDay(`today's turns of ${branch} and its descendants`, usdMax, ({ agentId }) => isWithin(agentId, branch)),
    ),
  ];
}

export function createPurse({ usage, shared, clock }: PurseOptions): Purse {
  const inOrder = createOrder();
  const spent = new WeakMap<RunningTurn, number>();
  /** The phase in which the run of the engine began: what it does in the end takes the item into the next one. */
  const phases = new WeakMap<RunningTurn, string | undefined>();
  const phaseOf = (turn: RunningTurn) => (phases.has(turn) ? phases.get(turn) : turn.phase);

  function refusalOf({ code, whose, usdMax, usd, usdOfOthers }: Bound, usdAside: number, wanted: number) {
    const alone = usd + usdAside + wanted;
    if (alone + usdOfOthers <= usdMax) return undefined;
    const refusal = refuse(code, `the next model call could bring the cost of ${whose} above ${usdMax} USD`);
    return alone <= usdMax ? { ...refusal, until: tryAgainAt(clock.now(), pauses.moneyAside) } : refusal;
  }

  const judgeOf = (turn: RunningTurn, wanted: number) => (spending: Spending) => {
    const bounds = boundsOf(turn, spent.get(turn) ?? 0, spending);
    const refusals = bounds.flatMap((bound) => refusalOf(bound, spending.usdAside, wanted) ?? []);
    // A lasting refusal comes before a temporary one.
    return refusals.find(({ until }) => until === undefined) ?? refusals[0];
  };

  return {
    reserve: (turn, usdMax) =>
      inOrder(() => {
        phases.set(turn, phaseOf(turn));
        const branches = [turn.agentId, ...branchesOf(turn).map(({ branch }) => branch)];
        return shared.setAside(turn, usdMax, branches, judgeOf(turn, usdMax));
      }),
    settle: (turn, usdMax, cost) =>
      inOrder(async () => {
        spent.set(turn, (spent.get(turn) ?? 0) + cost.usd);
        let isStored = false;
        try {
          await shared.settle(turn, usdMax, { ...cost, turns: 0 }, phaseOf(turn));
          isStored = true;
        } finally {
          if (!isStored) await shared.release(turn, usdMax);
        }
      }),
    countTurn: (turn) =>
      inOrder(async () => {
        const phase = phaseOf(turn);
        phases.delete(turn);
        await usage.add(turn, { usd: 0, tokens: { input: 0, cached: 0, output: 0 }, turns: 1 }, phase);
      }),
  };
}
