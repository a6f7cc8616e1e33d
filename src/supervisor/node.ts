/** One node as a value: what its parts share, each of which takes of it what it needs. */
import type { AgentStore } from '../agents/agent-store.ts';
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import type { Log } from '../base/log.ts';
import type { Broker } from '../broker/broker.ts';
import type { LogEntry } from '../ipc/protocol.ts';
import type { Store } from '../store/database/database.ts';
import type { RunningTurn } from './running-turn.ts';

export interface Node {
  readonly store: Store;
  readonly agents: AgentStore;
  readonly broker: Broker;
  /** Turns under way, by their ids. */
  readonly running: Map<string, RunningTurn>;
  /** Told of everything that is written to a session's log. */
  readonly onEntries: (turn: RunningTurn, entries: LogEntry[]) => void;
  /** Routes and starts at once whatever may have become due. */
  readonly poke: () => void;
  readonly crashPoints: CrashPoints;
  readonly clock: Clock;
  readonly log: Log;
}
