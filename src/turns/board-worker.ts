/** What a worker whose agent has a board and a repository has beside what every worker has: its connections, and looks at them. */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { createBoardCheck } from '../checks/board-fit.ts';
import type { Connections } from '../connections/connect.ts';
import type { Refusal } from '../refusal.ts';
import type { WorkerParts } from './turn.ts';

export interface BoardWorker extends WorkerParts<CodeChangeAgent> {
  readonly connections: Connections;
  /** Begins to look whether the agent's systems have all that a work item will need; the supervisor is told. */
  readonly lookOutside: () => void;
  /** Refuses a board that lacks the area or a state that the agent counts on. */
  readonly checkBoard: () => Promise<Refusal | undefined>;
}

/** Made once a worker, so that all its turns share it. */
export function boardWorker(
  parts: WorkerParts<CodeChangeAgent>,
  connections: Connections,
  lookOutside: BoardWorker['lookOutside'],
): BoardWorker {
  const { agent, clock } = parts;
  return { ...parts, connections, lookOutside, checkBoard: createBoardCheck(agent, connections.tracker, clock) };
}
