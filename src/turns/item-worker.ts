/** What the turns for work items of one worker share: their trees, and the set-up of these. */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { createPreparedTrees } from '../checkout/prepared-trees.ts';
import { createSetUp, type SetUp } from '../checkout/set-up.ts';
import { preparedTreesOf } from '../checkout/tree-folder.ts';
import { createWorkspace, type Workspace } from '../checkout/workspace.ts';
import type { Connections } from '../connections/connect.ts';
import { limits } from '../limits.ts';
import type { BoardWorker } from './board-worker.ts';
import { createHiddenAt, type HiddenAt } from './item/model-redact.ts';
import type { WorkerParts } from './turn.ts';

export interface ItemWorker extends BoardWorker {
  readonly workspace: Workspace;
  /** Undefined where `git.setupCommand` is not set. */
  readonly setUp: SetUp | undefined;
  /** The secrets that are hidden from a model, by the commit whose files it is given. */
  readonly hiddenAt: HiddenAt;
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

/** Made once a worker, for the first of these turns. */
export function itemWorker(worker: BoardWorker): ItemWorker {
  const { agent, setup, sandbox, secrets, connections } = worker;
  const { repository } = connections;
  const workspace = createWorkspace({
    agentId: agent.id,
    stateFolder: setup.stateFolder,
    runFolder: setup.runFolder,
    repository,
    ownerUid: process.getuid?.() === 0 ? sandbox.uid : undefined,
  });
  return {
    ...worker,
    workspace,
    setUp: setUpOf(worker, workspace, connections),
    hiddenAt: createHiddenAt(secrets.hidden, repository.holdsText),
  };
}
