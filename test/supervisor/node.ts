/** A node for tests: a real store and broker, of the rest what a test gives. */
import { randomUUID } from 'node:crypto';
import { createLog } from '../../src/base/log.ts';
import { createBroker } from '../../src/broker/broker.ts';
import type { Node } from '../../src/supervisor/node.ts';
import type { RunningTurn } from '../../src/supervisor/running-turn.ts';
import { only } from '../only.ts';
import { session, type TestStore } from '../store/fixture.ts';
import { codeChangeAgent } from '../turns/turn.ts';

/** `said` grows with each line of a session's log: its kind and its text. */
export function nodeOver({ store, clock }: Pick<TestStore, 'store' | 'clock'>, more: Partial<Node> = {}) {
  const said: string[] = [];
  const node: Node = {
    store,
    agents: only('agents'),
    broker: createBroker({ store: store.messages, clock, newId: randomUUID, routes: () => [] }),
    running: new Map(),
    onEntries: (_, entries) => void said.push(...entries.map(({ kind, text }) => `${kind}: ${text}`)),
    poke: () => {},
    crashPoints: { reach: () => {} },
    clock,
    log: createLog('test', 'fatal'),
    onFault: () => {},
    ...more,
  };
  return { node, said };
}

/** A turn of work item 12 of acme. */
export function runningTurn(more: Partial<RunningTurn> = {}): RunningTurn {
  const agent = codeChangeAgent();
  const given = {
    turnId: 't1',
    epoch: 1,
    claimId: 'c1',
    sinceRenewed: () => 0,
    agent,
    batch: [],
    isAskedFor: false,
    phase: undefined,
  };
  return { ...session, ...given, ...more };
}
