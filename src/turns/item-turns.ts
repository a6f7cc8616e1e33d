/** The turns of one agent, each made of parts bound to its session; kept while they last, so that they can be looked at and stopped. */
import { join } from 'node:path';
import { OutsideError } from '../base/errors.ts';
import { opaqueId } from '../base/opaque-id.ts';
import type { Message } from '../broker/message.ts';
import { createPreparedTrees } from '../checkout/prepared-trees.ts';
import { createSetUp, type SetUp } from '../checkout/set-up.ts';
import { createWorkspace, type Workspace } from '../checkout/workspace.ts';
import { createStatesCheck } from '../connections/check-states.ts';
import { refusalOf } from '../effects/performer.ts';
import type { TurnOrder, TurnRest } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal } from '../refusal.ts';
import { nextTryAt } from '../work-items/board-move.ts';
import { pastApproval } from '../work-items/gate/past-approval.ts';
import { poll } from '../work-items/observe/poll.ts';
import { nextReminderAt } from '../work-items/observe/reminder.ts';
import { isOver } from '../work-items/phase.ts';
import { newWorkItem, type WorkItem } from '../work-items/work-item.ts';
import { createCatchUpRestored } from './item/catch-up-restored.ts';
import { createDrive, type Drive } from './item/drive-item.ts';
import { createPersonRequests } from './item/person-requests.ts';
import { createSteering } from './item/steering.ts';
import { branchNamer, gateRulesOf, takesOf } from './settings-of.ts';
import { createTakeOrder } from './take-order.ts';
import { createHiddenAt, createModelRedact, type HiddenAt } from './talk/model-redact.ts';
import { createTurnParts } from './turn-parts.ts';
import type { WorkerParts } from './worker-parts.ts';

interface LiveTurn {
  abort: AbortController;
  /** Looks at the item under way, once there is one. */
  look?: () => Promise<void>;
  ended: Promise<unknown>;
}

export interface ItemTurns {
  turn(order: TurnOrder): Promise<TurnRest>;
  look(turnId: string): Promise<void>;
  /** Stops the engine of a turn; its phase stays, and the session wants another turn at once. */
  interrupt(turnId: string): void;
  stop(): Promise<void>;
}

/** Events at which a running engine is stopped at once: people took the item away from it, or ended it. */
const stopping: ReadonlySet<string> = new Set([
  'moved',
  'gone',
  'plan-stale',
  'rejected',
  'merged',
  'pull-request-closed',
]);

/** One for all turns, so that what they share is made once. */
function setUpOf(parts: WorkerParts, workspace: Workspace): SetUp | undefined {
  const { agent, setup, connections, sandbox, networks, folders, clock } = parts;
  const { setupCommand, testMinutesMax = 20 } = agent.config.git ?? {};
  if (!setupCommand) return undefined;
  const trees = createPreparedTrees({
    folder: join(setup.stateFolder, 'cache', opaqueId(agent.id)),
    countMax: limits.preparedTreesMax,
    bytesMax: limits.preparedBytesMax,
    clock,
  });
  const { repository } = connections;
  return createSetUp({
    sandbox,
    workspace,
    repository,
    trees,
    setupCommand,
    minutesMax: testMinutesMax,
    openNetwork: networks.setUp,
    showFolders: folders.repositoryCommands,
  });
}

/** What all turns of one agent share. */
interface Shared {
  parts: WorkerParts;
  workspace: Workspace;
  setUp: SetUp | undefined;
  hiddenAt: HiddenAt;
}

function sharedBy(parts: WorkerParts): Shared {
  const { agent, connections, sandbox, setup } = parts;
  const workspace = createWorkspace({
    agentId: agent.id,
    stateFolder: setup.stateFolder,
    runFolder: setup.runFolder,
    repository: connections.repository,
    ownerUid: process.getuid?.() === 0 ? sandbox.uid : undefined,
  });
  const { holdsText } = connections.repository;
  return { parts, workspace, setUp: setUpOf(parts, workspace), hiddenAt: createHiddenAt(parts.hidden, holdsText) };
}

/** The drive of an order's work item, which can be looked at while it lasts. */
function driveFor(
  { parts, workspace, setUp, hiddenAt }: Shared,
  turn: LiveTurn,
  order: TurnOrder,
  workItemId: number,
): Drive {
  const { tracker } = parts.connections;
  const { approvers } = parts.agent.config.devops ?? {};
  const steering = createSteering({ tracker, approvers, agentIdentities: order.agentIdentities });
  const modelRedact = createModelRedact(parts.hidden, hiddenAt);
  const options = { ...parts, workspace, setUp, order, steering, modelRedact };
  const { gate, observer, performer } = createTurnParts(options);
  const loadEngineTurns = async () => {
    const { createEngineTurns } = await import('./engine-turns.ts');
    return createEngineTurns({ ...options, gate, performer });
  };
  let engineTurns: ReturnType<typeof loadEngineTurns> | undefined;
  const drive = createDrive({
    state: { item: order.item ?? newWorkItem(workItemId, '', ''), openIntents: order.openIntents },
    observer,
    performer,
    apply: (event) => parts.supervisor.call('apply', { turnId: order.turnId, event }),
    async engineTurn(item, phase, self) {
      engineTurns ??= loadEngineTurns();
      return (await engineTurns).run(item, phase, self, turn.abort.signal);
    },
  });
  turn.look = async () => {
    // While a claim or a move of ours is under way the tile still stands where it stood before.
    if (!drive.isSettled()) return;
    const item = drive.item();
    const seen = await observer.observe(item);
    // What was seen of an item that went on meanwhile says nothing about the engine that works on it now.
    if (item === drive.item() && seen && !isRefusal(seen) && stopping.has(seen.kind)) turn.abort.abort();
    else await steering.look();
  };
  return drive;
}

export function createItemTurns(parts: WorkerParts): ItemTurns {
  const { agent, connections, supervisor, clock } = parts;
  const { tracker, codeHost, instance, repository } = connections;
  const personRequest = createPersonRequests({ agentId: agent.id, tracker, instance });
  const branchOf = branchNamer(agent.config);
  const mapping = agent.config.devops?.stateMapping ?? {};
  const { targetBranch } = repository;
  const rules = gateRulesOf(agent.config);
  const requestsIn = ({ agentIdentities }: TurnOrder) => {
    const approvalOf = (item: WorkItem) => pastApproval({ tracker, rules, agentIdentities, now: clock.now() }, item);
    const catchUp = createCatchUpRestored({ tracker, codeHost, targetBranch, branchOf, mapping, approvalOf });
    return async (message: Message, item: WorkItem) => (await personRequest(message, item)) ?? catchUp(message, item);
  };
  const checkStates = createStatesCheck(agent, tracker, clock);
  const shared = sharedBy(parts);
  const live = new Map<string, LiveTurn>();

  const pollFor = async ({ known, cursor }: TurnOrder) => {
    const takes = takesOf(agent);
    const { expediteTag } = agent.config.devops ?? {};
    const targetHead = () => repository.remoteHead(repository.targetBranch);
    const expedite = expediteTag ? { expediteTag } : {};
    const asked = { tracker, mapping, takes, known, cursor, targetHead, ...expedite, now: clock.now() };
    return (await checkStates()) ?? poll(asked);
  };

  /** A reminder that is due and cannot be given now is not tried at once again. */
  const reminderMs = (item: WorkItem) => {
    const at = nextReminderAt(item, agent.config.approval.remindAfterHours);
    return at === undefined ? [] : [at > clock.now() ? at - clock.now() : reminderAgainMs];
  };

  const wakeFor = (item: WorkItem) => {
    const barredMs = item.barred ? [Math.max(nextTryAt(item.barred) - clock.now(), 0)] : [];
    const waitsMs = [...reminderMs(item), ...barredMs];
    return waitsMs.length === 0 ? {} : { wakeInMs: Math.min(...waitsMs) };
  };

  return {
    async turn(order) {
      const { turnId } = order;
      const turn: LiveTurn = { abort: new AbortController(), ended: Promise.resolve() };
      const take = createTakeOrder({
        agentId: agent.id,
        poll: pollFor,
        publish: (draft) => supervisor.call('publish', { turnId, draft }),
        rank: (ranks) => supervisor.call('rank', { turnId, ranks }),
        storeCursor: async (cursor) => void (await supervisor.call('polled', { turnId, cursor })),
        requestOf: requestsIn(order),
        driveFor: (_, workItemId) => driveFor(shared, turn, order, workItemId),
        wakeFor,
        now: clock.now,
        rested: (item) => {
          if (!needsTree(item)) shared.workspace.drop(order.sessionId);
        },
      });
      live.set(turnId, turn);
      const ended = take(order).catch(restOf);
      turn.ended = ended.catch(() => undefined);
      return ended.finally(() => live.delete(turnId));
    },
    look: async (turnId) => live.get(turnId)?.look?.(),
    interrupt: (turnId) => live.get(turnId)?.abort.abort(),
    async stop() {
      const turns = [...live.values()];
      for (const { abort } of turns) abort.abort();
      await Promise.race([Promise.all(turns.map(({ ended }) => ended)), clock.sleep(stopWaitMs)]);
    },
  };
}

/** One that failed may be gone on with; a person who brings another one back begins with fresh files. */
const needsTree = ({ phase }: WorkItem) => !isOver(phase) || phase === 'failed';

/** How long a turn is given to come to rest when the worker is told to stop. */
const stopWaitMs = 8_000;
const outsideWaitMs = 30_000;
const reminderAgainMs = 3_600_000;

/** What the outside did not allow is waited for; anything else thrown is a bug of ours. */
function restOf(error: unknown): TurnRest {
  if (!(error instanceof OutsideError)) throw error;
  return { wakeInMs: error.facts.retryAfterMs ?? outsideWaitMs, why: refusalOf(error) };
}
