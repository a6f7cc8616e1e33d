/**
 * The money of all running turns: reserved before each model call, and stored as spent as soon as the call has ended.
 *
 * reserve -> stored as spent + reserved by running turns + wanted <= each limit? -> reserved;
 * settle -> stored, and the reservation released
 *
 * Requests are handled one at a time, so that parallel turns share the rest of a day's budget instead of each using all of it. When
 * a turn ends, by itself or with its worker, its reservations are gone; what it settled is in the store.
 */
import { isWithin } from '../agents/agent-id.ts';
import type { Clock } from '../base/clock.ts';
import { createOrder } from '../base/in-order.ts';
import { workItemIdOf } from '../broker/session-id.ts';
import { type Code, type Refusal, refuse } from '../refusal.ts';
import type { Usage, UsageAmount } from '../store/usage.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import type { RunningTurn } from './running-turn.ts';

export interface PurseOptions {
  usage: Pick<Usage, 'add' | 'usdToday' | 'usdTodayOfBranch' | 'usdOfSession'>;
  /** Running turns on this node. */
  running: ReadonlyMap<string, RunningTurn>;
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
  /** The stored spending. */
  usd: number;
  /** Whether the reservations of this turn count. */
  holds: (turn: RunningTurn) => boolean;
}

/** All budgets that limit a turn; the turn itself has spent `spentUsd`. */
async function boundsOf(usage: PurseOptions['usage'], turn: RunningTurn, spentUsd: number): Promise<Bound[]> {
  const { agentId, agent } = turn;
  const { turnUsdMax, itemUsdMax, dayUsdMax } = agent.limits;
  // A conversation never ends, so only its turns are limited.
  const isItem = workItemIdOf(turn.sessionId) !== undefined;
  const own = (other: RunningTurn) => other === turn;
  const [usdOfItem, usdToday] = await Promise.all([usage.usdOfSession(turn), usage.usdToday(agentId)]);
  const branches = agent.branchLimits.flatMap(({ agentId: branch, limits: { dayUsdMax: usdMax } }) =>
    usdMax === undefined ? [] : [{ branch, usdMax }],
  );
  return [
    { code: 'BUDGET_TURN', whose: 'this turn', usdMax: turnUsdMax, usd: spentUsd, holds: own },
    ...(isItem
      ? [{ code: 'BUDGET_ITEM' as const, whose: 'this work item', usdMax: itemUsdMax, usd: usdOfItem, holds: own }]
      : []),
    {
      code: 'BUDGET_DAY',
      whose: "today's turns of this agent",
      usdMax: dayUsdMax,
      usd: usdToday,
      holds: (other) => other.agentId === agentId,
    },
    ...(await Promise.all(
      branches.map(
        async ({ branch, usdMax }): Promise<Bound> => ({
          code: 'BUDGET_DAY',
          whose: `today's turns of ${branch} and its descendants`,
          usdMax,
          usd: await usage.usdTodayOfBranch(branch),
          holds: (other) => isWithin(other.agentId, branch),
        }),
      ),
    )),
  ];
}

export function createPurse({ usage, running, clock }: PurseOptions): Purse {
  const inOrder = createOrder();
  const aside = new WeakMap<RunningTurn, number>();
  const spent = new WeakMap<RunningTurn, number>();
  /** The phase in which the run of the engine began: what it does in the end takes the item into the next one. */
  const phases = new WeakMap<RunningTurn, string | undefined>();
  const phaseOf = (turn: RunningTurn) => (phases.has(turn) ? phases.get(turn) : turn.phase);
  const addTo = (sums: WeakMap<RunningTurn, number>, turn: RunningTurn, usd: number) =>
    void sums.set(turn, (sums.get(turn) ?? 0) + usd);

  function refusalOf(turn: RunningTurn, wanted: number, { code, whose, usdMax, usd, holds }: Bound) {
    const sumOf = (turns: RunningTurn[]) => turns.reduce((sum, one) => sum + (aside.get(one) ?? 0), 0);
    const alone = usd + sumOf([turn]) + wanted;
    const others = sumOf([...running.values()].filter((other) => other !== turn && holds(other)));
    if (alone + others <= usdMax) return undefined;
    const refusal = refuse(code, `the next model call could bring the cost of ${whose} above ${usdMax} USD`);
    return alone <= usdMax ? { ...refusal, until: tryAgainAt(clock.now(), pauses.moneyAside) } : refusal;
  }

  return {
    reserve: (turn, usdMax) =>
      inOrder(async () => {
        phases.set(turn, phaseOf(turn));
        const refusals = (await boundsOf(usage, turn, spent.get(turn) ?? 0)).flatMap(
          (bound) => refusalOf(turn, usdMax, bound) ?? [],
        );
        // A lasting refusal comes before a temporary one.
        const refusal = refusals.find(({ until }) => until === undefined) ?? refusals[0];
        if (!refusal) addTo(aside, turn, usdMax);
        return refusal;
      }),
    settle: (turn, usdMax, cost) =>
      inOrder(async () => {
        addTo(spent, turn, cost.usd);
        try {
          await usage.add(turn, { ...cost, turns: 0 }, phaseOf(turn));
        } finally {
          addTo(aside, turn, -usdMax);
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
