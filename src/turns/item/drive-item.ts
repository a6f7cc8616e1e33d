/**
 * Drives one work item until it comes to rest: performs what is intended, looks at the world, lets the engine work.
 *
 * open intents -> performer -> events; nothing open -> observer -> event; nothing new -> engine turn -> event; else rest.
 * Every event goes to the supervisor's store and comes back as the item with its next intents.
 */
import { createOrder } from '../../base/in-order.ts';
import type { EffectOutcome } from '../../effects/ledger.ts';
import type { Performer } from '../../effects/performer.ts';
import type { ItemState, TurnRest } from '../../ipc/protocol.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { pauses, tryAgainAt } from '../../waits.ts';
import { engineNeeded } from '../../work-items/lifecycle/decide.ts';
import type { EnginePhase, Intent, LifecycleEvent } from '../../work-items/lifecycle/events.ts';
import type { Observer } from '../../work-items/observe/observe.ts';
import type { WorkItem } from '../../work-items/work-item.ts';

/** Events after which one turn rests anyway: a guard against two facts that keep undoing each other. */
const eventsMax = 60;

export interface DriveOptions {
  state: ItemState;
  observer: Observer;
  performer: Performer;
  apply: (event: LifecycleEvent) => Promise<ItemState | Refusal>;
  /** Milliseconds since 1970. */
  now: () => number;
  engineTurn: (item: WorkItem, phase: EnginePhase, drive: Drive) => Promise<EngineTurnEnd>;
}

/** What a turn of the engine means for the item, or that the phase stays and when to continue. */
export type EngineTurnEnd = { event: LifecycleEvent } | { rest: TurnRest };

export interface Drive {
  /** The item as last stored. */
  item(): WorkItem;
  /** Whether nothing is intended that is not done yet; until then the outside may lag behind the item. */
  isSettled(): boolean;
  /** Stores an event and carries out all that follows from it outside; the state, or why it did not get through. */
  advance(event: LifecycleEvent): Promise<ItemState | Refusal>;
  /** Until nothing is left to do now. */
  toRest(): Promise<TurnRest>;
}

/** The single steps of a drive, each of which leaves the item stored. */
function createSteps({ state: first, observer, performer, apply, now }: DriveOptions) {
  let state = first;
  let events = 0;

  async function store(event: LifecycleEvent): Promise<Refusal | undefined> {
    events += 1;
    const next = await apply(event);
    if (isRefusal(next)) return next;
    state = next;
    return undefined;
  }

  async function carryOut(intent: Intent): Promise<TurnRest | undefined> {
    const outcome = await performer.perform(state.item, intent);
    if (outcome.kind === 'later') return { until: outcome.until, why: outcome.refusal };
    const lost = await store(eventOf(intent, outcome));
    return lost && { why: lost };
  }

  /** How the item stands is told even while something else must wait. */
  async function tell(waiting: Intent | undefined): Promise<void> {
    const owed = state.openIntents.find(({ kind }) => kind === 'tell');
    if (owed && owed !== waiting) await carryOut(owed);
  }

  return {
    state: () => state,
    mayGoOn: () => events < eventsMax,
    store,
    /** Performs everything that is open, in order; a rest when one of them must wait. */
    async perform(): Promise<TurnRest | undefined> {
      while (events < eventsMax) {
        const intent = state.openIntents[0];
        const rest = intent ? await carryOut(intent) : undefined;
        if (rest) await tell(intent);
        if (rest || !intent) return rest;
      }
      return tooMany(state.item, now());
    },
    async look(): Promise<TurnRest | 'changed' | 'same'> {
      const seen = await observer.observe(state.item);
      if (isRefusal(seen)) return { why: seen };
      if (!seen) return 'same';
      const before = state.item;
      const lost = await store(seen);
      if (lost) return { why: lost };
      return JSON.stringify(state.item) === JSON.stringify(before) ? 'same' : 'changed';
    },
  };
}

export function createDrive(options: DriveOptions): Drive {
  const steps = createSteps(options);
  // One event and its effects at a time, from the conductor or from a tool of the running engine.
  const inOrder = createOrder();

  return {
    item: () => steps.state().item,
    isSettled: () => steps.state().openIntents.length === 0,
    advance: (event) =>
      inOrder(async () => {
        const lost = await steps.store(event);
        if (lost) return lost;
        const rest = await steps.perform();
        return rest?.why ?? steps.state();
      }),
    async toRest() {
      while (steps.mayGoOn()) {
        const waits = await inOrder(steps.perform);
        if (waits) return waits;
        const seen = await inOrder(steps.look);
        if (typeof seen === 'object') return seen;
        if (seen === 'changed') continue;
        const phase = engineNeeded(this.item());
        if (!phase) return {};
        const end = await options.engineTurn(this.item(), phase, this);
        // What a tool of a stopped engine began is brought to its end first.
        if ('rest' in end) return inOrder(() => end.rest);
        const lost = await inOrder(() => steps.store(end.event));
        if (lost) return { why: lost };
      }
      return tooMany(this.item(), options.now());
    },
  };
}

/** The result of an effect, as an event of the lifecycle. */
function eventOf(intent: Intent, outcome: Exclude<EffectOutcome, { kind: 'later' }>): LifecycleEvent {
  if (outcome.kind === 'done') return { kind: 'effect-done', intent, result: outcome.result };
  const { refusal, seen } = outcome;
  return { kind: 'effect-refused', intent, refusal, ...(seen ? { seen } : {}) };
}

function tooMany(item: WorkItem, now: number): TurnRest {
  const why = refuse('STALLED', `work item ${item.workItemId} had more than ${eventsMax} events in one turn`);
  return { until: tryAgainAt(now, pauses.tooManyEvents), why };
}
