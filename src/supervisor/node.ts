/** One node as a value: everything that its parts share; each part picks what it needs. */
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
  /** Running turns, by id. */
  readonly running: Map<string, RunningTurn>;
  /** Called with every entry that is written to a session's log. */
  readonly onEntries: (session: { agentId: string; sessionId: string }, entries: LogEntry[]) => void;
  /** Gets each line that a worker writes to stderr. Without it, those lines go to our own stderr. */
  readonly onWorkerLine?: ((line: string) => void) | undefined;
  /** Immediately routes messages and starts due sessions. */
  readonly poke: () => void;
  readonly crashPoints: CrashPoints;
  readonly clock: Clock;
  readonly log: Log;
  /** Told what failed in periodic work. */
  readonly onFault: (error: unknown) => void;
}
