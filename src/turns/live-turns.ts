/** The running turns of one worker, so that they can be looked at and stopped. */
import type { Clock } from '../base/clock.ts';
import { OutsideError } from '../base/errors.ts';
import type { TurnOrder, TurnRest } from '../ipc/protocol.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import { outsideRefusal } from '../work-items/outside-refusal.ts';

export interface LiveTurn {
  readonly abort: AbortController;
  /** Looks at what the turn is about, once it can be looked at. */
  look?: () => Promise<void>;
  /** Whether something of its order was stored: from then on its messages are not given out again. */
  hasActed?: boolean;
}

export interface LiveTurns {
  /** Resolves when the turn has come to rest; rejects with a bug of ours. */
  turn(order: TurnOrder): Promise<TurnRest>;
  /** Something may have happened to what the turn is about. */
  look(turnId: string): Promise<void>;
  /** Stops the engine of a turn; its phase stays, and the session wants another turn at once. */
  interrupt(turnId: string): void;
  /** The turn has its session for `ms` more; then it is stopped, unless this is said again before. */
  hold(turnId: string, ms: number): void;
  /** Stops all, each keeping its phase. */
  stop(): Promise<void>;
}

/** Carries an order out until it rests. */
export type TakeOrder = (order: TurnOrder, live: LiveTurn) => Promise<TurnRest>;

/** How long a turn is given to come to rest when the worker is told to stop. */
const stopWaitMs = 8_000;

/** What the outside did not allow is waited for; anything else thrown is a bug of ours. */
function restOf(error: unknown, agentId: string, now: number, { hasActed }: LiveTurn): TurnRest {
  if (!(error instanceof OutsideError)) throw error;
  const until = tryAgainAt(now, error.facts.retryAfterMs ?? pauses.limited);
  return { until, why: outsideRefusal(error, agentId), ...(hasActed ? {} : { isUndone: true as const }) };
}

export function createLiveTurns(agentId: string, take: TakeOrder, clock: Clock): LiveTurns {
  const live = new Map<string, { turn: LiveTurn; ended: Promise<unknown>; deadline?: NodeJS.Timeout }>();

  function hold(turnId: string, ms: number): void {
    const held = live.get(turnId);
    if (!held) return;
    clearTimeout(held.deadline);
    held.deadline = setTimeout(() => held.turn.abort.abort(), ms);
  }

  return {
    async turn(order) {
      const turn: LiveTurn = { abort: new AbortController() };
      const rest = take(order, turn).catch((error: unknown) => restOf(error, agentId, clock.now(), turn));
      live.set(order.turnId, { turn, ended: rest.catch(() => undefined) });
      hold(order.turnId, order.heldMs);
      return rest.finally(() => {
        clearTimeout(live.get(order.turnId)?.deadline);
        live.delete(order.turnId);
      });
    },
    look: async (turnId) => live.get(turnId)?.turn.look?.(),
    hold,
    interrupt: (turnId) => live.get(turnId)?.turn.abort.abort(),
    async stop() {
      const turns = [...live.values()];
      for (const { turn } of turns) turn.abort.abort();
      await Promise.race([Promise.all(turns.map(({ ended }) => ended)), clock.sleep(stopWaitMs)]);
    },
  };
}
