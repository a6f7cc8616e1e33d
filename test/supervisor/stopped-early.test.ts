/** What comes for a turn while its order is made: it has no worker yet that could be told. */
import { expect, test } from 'vitest';
import { type Channel, createPeer, type Implementation } from '../../src/ipc/peer.ts';
import {
  parseForSupervisor,
  parseForWorker,
  type SupervisorMethods,
  type WorkerMethods,
} from '../../src/ipc/protocol.ts';
import { limits } from '../../src/limits.ts';
import type { Node } from '../../src/supervisor/node.ts';
import { createLeases } from '../../src/supervisor/nodes/leases.ts';
import { takeTurn } from '../../src/supervisor/take-turn.ts';
import { createTellTurns } from '../../src/supervisor/workers/tell-turns.ts';
import { createLiveTurns } from '../../src/turns/live-turns.ts';
import { only } from '../only.ts';
import {
  acme,
  claimOptions,
  deliver,
  granted,
  messageFor,
  openTestStore,
  session,
  testFolder,
} from '../store/fixture.ts';
import { conversationAgent } from '../turns/turn.ts';
import { nodeOver, runningTurn } from './node.ts';

/** Both ends of a channel between two processes: what is sent arrives later, in order. */
function channelPair(): readonly [Channel, Channel] {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  const end = (own: number): Channel => ({
    send(message) {
      setImmediate(() => {
        for (const listener of listeners[1 - own] ?? []) listener(message);
      });
    },
    onMessage: (listener) => void listeners[own]?.push(listener),
    onClose: () => {},
  });
  return [end(0), end(1)];
}

/** A worker whose turns go on until they are stopped; `said` has what happened to them. */
function workerThatGoesOn(clock: Node['clock']) {
  const said: string[] = [];
  const live = createLiveTurns(
    acme,
    async (_, { abort: { signal } }) => {
      said.push('begun');
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      said.push('stopped');
      return {};
    },
    clock,
  );
  const [here, there] = channelPair();
  async function done(act: unknown): Promise<null> {
    await act;
    return null;
  }
  createPeer<WorkerMethods, SupervisorMethods>({
    channel: there,
    parse: parseForWorker,
    methods: only<Implementation<WorkerMethods>>('worker', {
      turn: live.turn,
      look: ({ turnId }) => done(live.look(turnId)),
      interrupt: ({ turnId }) => done(live.interrupt(turnId)),
      hold: ({ turnId, ms }) => done(live.hold(turnId, ms)),
    }),
  });
  const peer = createPeer<SupervisorMethods, WorkerMethods>({
    channel: here,
    parse: parseForSupervisor,
    methods: only('supervisor'),
  });
  const workers = { get: async () => ({ peer, done: () => {}, kill: () => void said.push('killed') }) };
  return { workers, said };
}

/** A turn whose order waits near its end until `goOn` is called. */
async function turnBeingOrdered() {
  const { store, clock } = await openTestStore();
  const [begun, wait] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const { node } = nodeOver({ store, clock });
  const slow: Node = {
    ...node,
    store: {
      ...store,
      pauses: {
        ...store.pauses,
        async leftOf(start) {
          begun.resolve();
          await wait.promise;
          return store.pauses.leftOf(start);
        },
      },
    },
  };
  await deliver(store, 'm1');
  const claim = granted(await store.sessions.claim(claimOptions));
  const { epoch, claimId, batch } = claim;
  const agent = conversationAgent({ folder: testFolder() });
  let sinceRenewed = 0;
  const turn = runningTurn({ epoch, claimId, batch, agent, sinceRenewed: () => sinceRenewed });
  const { workers, said } = workerThatGoesOn(clock);
  const taken = takeTurn(slow, workers, turn, claim);
  await begun.promise;
  return {
    ...{ store, node, turn, taken, said, tell: createTellTurns(node), goOn: wait.resolve },
    /** The last renewal was so long ago. */
    unrenewedFor(ms: number) {
      sinceRenewed = ms;
    },
  };
}

type Ordered = Awaited<ReturnType<typeof turnBeingOrdered>>;

const stops: Record<string, (ordered: Ordered) => Promise<void>> = {
  'a stop in Slack': ({ store }) => store.sessions.askStop(session),
  'a cancel': async ({ store }) => {
    await store.messages.add(messageFor('m2', { command: 'work.cancel' }));
    await store.messages.delivered('m2', [{ messageId: 'm2', ...session }]);
  },
  'a pause': ({ store }) => store.agents.pause(acme),
};

test.for(Object.entries(stops))('%s that comes while the order is made stops the turn', async ([, stop]) => {
  const ordered = await turnBeingOrdered();
  const { tell, said, goOn, taken } = ordered;
  const look = async () => {
    await tell.news();
    await tell.paused();
  };
  await stop(ordered);
  await look();
  expect(said).toEqual([]);
  goOn();
  await expect
    .poll(async () => {
      await look();
      return said;
    })
    .toEqual(['begun', 'stopped']);
  await taken;
});

test('a turn is told nothing before its order, and what is told in the same moment comes after it', async () => {
  const { turn, said, goOn, taken } = await turnBeingOrdered();
  expect([turn.look, turn.interrupt, turn.hold, turn.kill]).toEqual([undefined, undefined, undefined, undefined]);
  goOn();
  await expect.poll(() => turn.interrupt, { interval: 0 }).toBeDefined();
  await turn.interrupt?.();
  await taken;
  expect(said).toEqual(['begun', 'stopped']);
});

const lostMs = limits.leaseSeconds * 1_000;

test('a turn whose lease is lost while its order is made does not begin, and keeps its messages', async () => {
  const { store, node, taken, said, goOn, unrenewedFor } = await turnBeingOrdered();
  const { clock, log, running } = node;
  const leases = createLeases({ sessions: store.sessions, running, clock, log });
  unrenewedFor(lostMs);
  leases.endLate();
  unrenewedFor(0);
  goOn();
  await taken;
  leases.endLate();
  expect(said).toEqual([]);
  expect(await store.sessions.get(acme, session.sessionId)).toMatchObject({ deaths: 0 });
  expect(await store.sessions.due({ max: 10 })).toHaveLength(1);
  expect(await store.messages.open({ kind: 'agent', agentId: acme })).toBe(1);
});

test('how long a turn may go on counts from when its order is sent', async () => {
  const { taken, said, goOn, unrenewedFor } = await turnBeingOrdered();
  unrenewedFor((limits.leaseSeconds - limits.leaseMarginSeconds) * 1_000 - 50);
  goOn();
  await taken;
  expect(said).toEqual(['begun', 'stopped']);
});
