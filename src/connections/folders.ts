/**
 * Which folders of this machine an agent's programs can read, and where these appear inside the sandbox.
 *
 * configured -> a path inside, from its name -> exists, and contains nothing of the platform? -> the paths in it to hide
 *
 * `workDirs` are only for the engine, `sandbox.readOnly` also for set-up and tests. Everything is checked again each time; a
 * folder that cannot be shown is left out, and the program runs without it.
 */
import { statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { Agent } from '../agents/agent.ts';
import type { AgentConfig } from '../agents/config/config.ts';
import { real, type Surroundings, workDirFault } from '../agents/work-dirs.ts';
import { mayRead } from '../base/permission.ts';
import { limits } from '../limits.ts';
import { closedPathsIn, type NotShown } from '../sandbox/closed-paths.ts';
import type { Mount } from '../sandbox/layout.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

export interface FoldersOptions {
  agent: Pick<Agent, 'id' | 'config'>;
  sandbox: Sandbox;
  /** The folder that replaces `~`. */
  home: string;
  /** Real paths: a worker is not allowed to resolve them itself. */
  surroundings: Surroundings;
}

export interface ShownFolder {
  /** As configured, with `~`. */
  name: string;
  mount: Mount;
}

export interface ShownFolders {
  shown: readonly ShownFolder[];
  /** One text for each folder that is not shown: agent, folder, reason and fix. */
  warnings: readonly string[];
}

export type ShowFolders = () => Promise<ShownFolders>;

export type Folders = Record<'engine' | 'repositoryCommands', ShowFolders>;

const foldersInside = '/dirs';

interface Place {
  field: 'workDirs' | 'sandbox.readOnly';
  folder: string;
  target: string;
}

/** Depends only on the configuration, not on what exists. */
function placesOf({ workDirs, sandbox }: Pick<AgentConfig, 'workDirs' | 'sandbox'>): Place[] {
  const taken = new Set<string>();
  const placeIn = (field: Place['field']) => (folder: string) => {
    const name = basename(resolve(folder)).replace(/[^\p{L}\p{N}._-]/gu, '-');
    let inside = name;
    for (let number = 2; taken.has(inside); number += 1) inside = `${name}-${number}`;
    taken.add(inside);
    return { field, folder, target: join(foldersInside, inside) };
  };
  return [...sandbox.readOnly.map(placeIn('sandbox.readOnly')), ...workDirs.map(placeIn('workDirs'))];
}

const realOf = (folder: string) => real(resolve(folder));

const notYet: NotShown = {
  why: "has been replaced since the agent's worker started",
  fix: `The agent's next worker will see it; this one ends after ${limits.workerIdleSeconds} seconds without a turn.`,
};

/** Returns the folder's real path. */
function sourceOf(folder: string, { surroundings }: FoldersOptions): string | NotShown {
  const source = realOf(folder);
  // The target of a link can have changed since the configuration was read.
  const why = workDirFault(source, surroundings);
  if (why !== undefined) return { why, fix: "Remove it from the agent's jvAgent.json." };
  if (!mayRead(source)) return notYet;
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) return { why: 'is missing', fix: "Create it, or remove it from the agent's jvAgent.json." };
  return stat.isDirectory() ? source : { why: 'is not a folder', fix: 'Name the folder that contains it.' };
}

export function createFolders(options: FoldersOptions): Folders {
  const { agent, sandbox, home } = options;
  const { git } = agent.config;
  const nameOf = (folder: string) => (folder.startsWith(`${home}/`) ? `~${folder.slice(home.length)}` : folder);
  const isTree = ({ folder }: Place) => git?.repo !== undefined && realOf(folder) === realOf(git.repo);

  async function mountOf({ folder, target }: Place, closedMax: number): Promise<Mount | NotShown> {
    const source = sourceOf(folder, options);
    if (typeof source !== 'string') return source;
    const closedPaths = await closedPathsIn(sandbox, source, { entriesMax: limits.shownEntriesMax, closedMax });
    return 'why' in closedPaths ? closedPaths : { source, target, closedPaths };
  }

  async function show(places: readonly Place[]): Promise<ShownFolders> {
    const shown: ShownFolder[] = [];
    const warnings: string[] = [];
    let closedMax: number = limits.shownClosedMax;
    for (const place of places) {
      const name = nameOf(place.folder);
      const found = await mountOf(place, closedMax);
      if ('why' in found) {
        warnings.push(`${agent.id} runs without ${name} from ${place.field}: it ${found.why}. ${found.fix}`);
      } else {
        shown.push({ name, mount: found });
        closedMax -= found.closedPaths?.length ?? 0;
      }
    }
    return { shown, warnings };
  }

  // The repository is already mounted as the tree.
  const placesNow = () => placesOf(agent.config).filter((place) => !isTree(place));
  return {
    engine: () => show(placesNow()),
    repositoryCommands: () => show(placesNow().filter(({ field }) => field === 'sandbox.readOnly')),
  };
}
