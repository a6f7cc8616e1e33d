/** What a worker whose agent has a board and a repository has beside what every worker has: connections, trees, set-up. */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { createPreparedTrees } from '../checkout/prepared-trees.ts';
import { createSetUp, type SetUp } from '../checkout/set-up.ts';
import { preparedTreesOf } from '../checkout/tree-folder.ts';
import { createWorkspace, type Workspace } from '../checkout/workspace.ts';
import { createBoardCheck } from '../checks/board-fit.ts';
import type { Connections } from '../connections/connect.ts';
import { limits } from '../limits.ts';
import type { Refusal } from '../refusal.ts';
import { createHiddenAt, type HiddenAt } from './item/model-redact.ts';
import type { WorkerParts } from './turn.ts';

export interface BoardWorker extends WorkerParts<CodeChangeAgent> {
  readonly connections: Connections;
  readonly workspace: Workspace;
  /** Undefined where `git.setupCommand` is not set. */
  readonly setUp: SetUp | undefined;
  /** The secrets that are hidden from a model, by the commit whose files it is given. */
  readonly hiddenAt: HiddenAt;
  /** Begins to look whether the agent's systems have all that a work item will need; the supervisor is told. */
  readonly lookOutside: () => void;
  /** Refuses a board that lacks the area or a state that the agent counts on. */
  readonly checkBoard: () => Promise<Refusal | undefined>;
}

function setUpOf(parts: WorkerParts<CodeChangeAgent>, workspace: Workspace, { repository }: Connections) {
  const { agent, setup, sandbox, networks, folders, clock } = parts;
  const { setupCommand, testMinutesMax: minutesMax } = agent.git;
  if (!setupCommand) return undefined;
  const trees = createPreparedTrees({
    folder: preparedTreesOf(setup.stateFolder, agent.id),
    countMax: limits.preparedTreesMax,
    bytesMax: limits.preparedBytesMax,
    clock,
  });
  const surroundings = { sandbox, openNetwork: networks.setUp, showFolders: folders.repositoryCommands };
  return createSetUp({ ...surroundings, workspace, repository, trees, setupCommand, minutesMax });
}

/** Made once a worker, so that all its turns share it. */
export function boardWorker(
  parts: WorkerParts<CodeChangeAgent>,
  connections: Connections,
  lookOutside: BoardWorker['lookOutside'],
): BoardWorker {
  const { agent, setup, sandbox, secrets, clock } = parts;
  const { repository, tracker } = connections;
  const workspace = createWorkspace({
    agentId: agent.id,
    stateFolder: setup.stateFolder,
    runFolder: setup.runFolder,
    repository,
    ownerUid: process.getuid?.() === 0 ? sandbox.uid : undefined,
  });
  return {
    ...parts,
    connections,
    lookOutside,
    workspace,
    setUp: setUpOf(parts, workspace, connections),
    hiddenAt: createHiddenAt(secrets.hidden, repository.holdsText),
    checkBoard: createBoardCheck(agent, tracker, clock),
  };
}
