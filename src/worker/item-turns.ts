/** The turns of one agent, each made of parts bound to its session; kept while they last, so that they can be looked at and stopped. */
import { join } from 'node:path';
import type { Agent } from '../agents/agent.ts';
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { OutsideError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Redact } from '../base/redact.ts';
import { refusalOf } from '../effects/performer.ts';
import type { Peer } from '../ipc/peer.ts';
import type { SupervisorMethods, TurnOrder, TurnRest, WorkerSetup } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal } from '../refusal.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { HostTool } from '../tools/tool.ts';
import { poll } from '../work-items/poll.ts';
import { newWorkItem } from '../work-items/work-item.ts';
import { createStatesCheck } from './check-states.ts';
import type { Connections } from './connect.ts';
import { createDrive, type Drive } from './drive-item.ts';
import type { Networks } from './networks.ts';
import { createPreparedTrees } from './prepared-trees.ts';
import { createSetUp, type SetUp } from './set-up.ts';
import { takesOf } from './settings-of.ts';
import { createTakeOrder } from './take-order.ts';
import { createTurnParts } from './turn-parts.ts';
import { createWorkspace, opaqueId, type Workspace } from './workspace.ts';

export interface ItemTurnsOptions {
  setup: WorkerSetup;
  agent: Agent;
  modelKey: string | undefined;
  connections: Connections;
  sandbox: Sandbox;
  networks: Networks;
  hostTools: () => Promise<readonly HostTool[]>;
  supervisor: Peer<SupervisorMethods>;
  redact: Redact;
  crashPoints: CrashPoints;
  clock: Clock;
  log: Log;
  newId: () => string;
}

interface LiveTurn {
  abort: AbortController;
  /** Looks at the item under way, once there is one. */
  look?: () => Promise<void>;
  ended: Promise<unknown>;
}

export interface ItemTurns {
  turn(order: TurnOrder): Promise<TurnRest>;
  look(turnId: string): Promise<void>;
  stop(): Promise<void>;
}

/** Events at which a running engine is stopped at once: people took the item away from it. */
const stopping: ReadonlySet<string> = new Set(['moved', 'gone', 'plan-stale', 'rejected']);

/** One for all turns, so that what they share is made once. */
function setUpOf(options: ItemTurnsOptions, workspace: Workspace): SetUp | undefined {
  const { agent, setup, connections, sandbox, networks, clock } = options;
  const { setupCommand, testMinutesMax = 20 } = agent.config.git ?? {};
  if (!setupCommand) return undefined;
  const trees = createPreparedTrees({
    folder: join(setup.stateFolder, 'cache', opaqueId(agent.id)),
    countMax: limits.preparedTreesMax,
    bytesMax: limits.preparedBytesMax,
    clock,
  });
  const { repository } = connections;
  const openNetwork = networks.setUp;
  return createSetUp({ sandbox, workspace, repository, trees, setupCommand, minutesMax: testMinutesMax, openNetwork });
}

export function createItemTurns(options: ItemTurnsOptions): ItemTurns {
  const { agent, connections, supervisor, clock } = options;
  const { tracker } = connections;
  const takes = takesOf(agent);
  const checkStates = createStatesCheck(agent, tracker, clock);
  const workspace = createWorkspace({
    agentId: agent.id,
    stateFolder: options.setup.stateFolder,
    runFolder: options.setup.runFolder,
    repository: connections.repository,
    ownerUid: process.getuid?.() === 0 ? options.sandbox.uid : undefined,
  });
  const setUp = setUpOf(options, workspace);
  const live = new Map<string, LiveTurn>();

  function driveFor(order: TurnOrder, workItemId: number): Drive {
    const parts = createTurnParts({ ...options, workspace, setUp, order });
    const turn = live.get(order.turnId);
    const signal = turn?.abort.signal ?? AbortSignal.abort();
    const drive = createDrive({
      state: { item: order.item ?? newWorkItem(workItemId, '', ''), openIntents: order.openIntents },
      observer: parts.observer,
      performer: parts.performer,
      apply: (event) => supervisor.call('apply', { turnId: order.turnId, event }),
      engineTurn: (item, phase, self) => parts.runTurn.run(item, phase, self, signal),
    });
    if (turn) {
      turn.look = async () => {
        const item = drive.item();
        const seen = await parts.observer.observe(item);
        // What was seen of an item that went on meanwhile says nothing about the engine that works on it now.
        if (item === drive.item() && seen && !isRefusal(seen) && stopping.has(seen.kind)) turn.abort.abort();
      };
    }
    return drive;
  }

  const pollFor = async ({ known, cursor }: TurnOrder) => {
    const mapping = agent.config.devops?.stateMapping ?? {};
    return (await checkStates()) ?? poll({ tracker, mapping, takes, known, cursor, now: clock.now() });
  };

  async function turn(order: TurnOrder): Promise<TurnRest> {
    const { turnId } = order;
    const take = createTakeOrder({
      agentId: agent.id,
      poll: pollFor,
      publish: (draft) => supervisor.call('publish', { turnId, draft }),
      storeCursor: async (cursor) => void (await supervisor.call('polled', { turnId, cursor })),
      driveFor,
    });
    const entry: LiveTurn = { abort: new AbortController(), ended: Promise.resolve() };
    live.set(turnId, entry);
    const ended = take(order);
    entry.ended = ended.catch(() => undefined);
    try {
      return await ended;
    } catch (error) {
      if (error instanceof OutsideError)
        return { wakeInMs: error.facts.retryAfterMs ?? outsideWaitMs, why: refusalOf(error) };
      throw error;
    } finally {
      live.delete(turnId);
    }
  }

  return {
    turn,
    look: async (turnId) => live.get(turnId)?.look?.(),
    async stop() {
      const turns = [...live.values()];
      for (const { abort } of turns) abort.abort();
      await Promise.race([Promise.all(turns.map(({ ended }) => ended)), clock.sleep(stopWaitMs)]);
    },
  };
}

/** How long a turn is given to come to rest when the worker is told to stop. */
const stopWaitMs = 8_000;
const outsideWaitMs = 30_000;
