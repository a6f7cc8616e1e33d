/**
 * Which folders of this machine an agent's programs may read, and where they see them.
 *
 * configured -> a place inside by its own name -> there, and holding nothing of the platform's? -> what in it stays closed
 *
 * `workDirs` are for the engine alone, `sandbox.readOnly` for set-up and tests too. All of it is looked at anew each time; a
 * folder that cannot be shown is left out, and the program goes on without it.
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
  /** What `~` stands for. */
  home: string;
  /** By real paths in a worker, which may not look at them itself. */
  surroundings: Surroundings;
}

export interface ShownFolder {
  /** As it is configured, with `~`. */
  name: string;
  mount: Mount;
}

export interface ShownFolders {
  shown: readonly ShownFolder[];
  /** One sentence for each that is not shown: agent, folder, why, and what can be done. */
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

/** The same for the same configuration, whatever is there. */
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
  why: "is another folder than when the agent's worker started",
  fix: `Its next worker sees it; this one ends after ${limits.workerIdleSeconds} seconds without a turn.`,
};

/** The folder's real path. */
function sourceOf(folder: string, { surroundings }: FoldersOptions): string | NotShown {
  const source = realOf(folder);
  // What a link leads to may have changed since the configuration was read.
  const why = workDirFault(source, surroundings);
  if (why !== undefined) return { why, fix: 'Take it out.' };
  if (!mayRead(source)) return notYet;
  const stat = statSync(source, { throwIfNoEntry: false });
  if (!stat) return { why: 'is missing', fix: 'Create it, or take it out.' };
  return stat.isDirectory() ? source : { why: 'is no folder', fix: 'Name the folder that it is in.' };
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
        warnings.push(`${agent.id} goes on without ${name} of ${place.field}: it ${found.why}. ${found.fix}`);
      } else {
        shown.push({ name, mount: found });
        closedMax -= found.closedPaths?.length ?? 0;
      }
    }
    return { shown, warnings };
  }

  // The repository is there as the tree.
  const placesNow = () => placesOf(agent.config).filter((place) => !isTree(place));
  return {
    engine: () => show(placesNow()),
    repositoryCommands: () => show(placesNow().filter(({ field }) => field === 'sandbox.readOnly')),
  };
}
