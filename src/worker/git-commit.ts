/**
 * Makes a commit of what the model changed: the tree is read as data, judged by plan and paths, and committed by plumbing.
 *
 * files -> readTree -> plan and path rules -> commit -> event, so that the item knows its change before anybody else does
 */
import type { Clock } from '../base/clock.ts';
import type { CrashPoints } from '../base/crash-points.ts';
import { type Author, commitChanges } from '../git/commit.ts';
import { createGlob } from '../git/glob.ts';
import { checkMessage } from '../git/message-rule.ts';
import type { Repository } from '../git/repository.ts';
import { readTree, type TreeReading } from '../git/tree-read.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { plannedPaths } from '../work-items/plan.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Drive } from './drive-item.ts';
import type { Tree } from './workspace.ts';

export interface GitTurnSettings {
  author: Author;
  signOff: boolean;
  outOfPlan: 'block' | 'warn';
  /** Patterns outside which nothing may change. */
  paths: readonly string[] | undefined;
  allowMeta: boolean;
  filesMax: number;
  linesMax: number;
}

/** What one turn's git works on. */
export interface GitWork {
  settings: GitTurnSettings;
  repository: Repository;
  tree: Tree;
  drive: Drive;
  /** New files that the model added by name. */
  added: Set<string>;
  crashPoints: CrashPoints;
  clock: Clock;
}

/** The commit that the plan was made from, which the whole change is measured against. */
export const baseOf = ({ tree }: GitWork, item: WorkItem) => item.plan?.baseSha ?? tree.sha;
export const headOf = (work: GitWork, item: WorkItem) => item.change?.sha ?? baseOf(work, item);

const plannedBy = ({ plan }: WorkItem) => (plan ? plannedPaths(plan.plan) : new Set<string>());

/** What changed in the tree since its commit. */
export function readWork({ settings, repository, tree, drive, added }: GitWork): Promise<TreeReading | Refusal> {
  const planned = plannedBy(drive.item());
  return readTree({
    repository,
    folder: tree.folder,
    index: tree.index(),
    admit: (path) => planned.has(path) || added.has(path),
    ...(settings.allowMeta ? { allowMeta: ['**'] } : {}),
  });
}

/** Why these paths may not change, if they may not. */
function checkPaths({ outOfPlan, paths: patterns }: GitTurnSettings, item: WorkItem, paths: readonly string[]) {
  const planned = plannedBy(item);
  const outside = paths.filter((path) => !planned.has(path));
  if (outside.length > 0 && outOfPlan === 'block') {
    return refuse('OUT_OF_PLAN', `the approved plan does not name ${outside.slice(0, 5).join(', ')}`);
  }
  const allowed = patterns?.map(createGlob);
  const denied = allowed && paths.find((path) => !allowed.some((matches) => matches(path)));
  return denied ? refuse('TOOL_PATH', `${denied} is outside git.paths`) : undefined;
}

async function write(work: GitWork, item: WorkItem, message: string, { changes }: TreeReading) {
  const { author, signOff, filesMax, linesMax } = work.settings;
  return commitChanges({
    repository: work.repository,
    parents: [headOf(work, item)],
    against: baseOf(work, item),
    changes,
    message,
    author,
    signOff,
    at: work.clock.now(),
    bounds: { filesMax, linesMax },
  });
}

/** Commits all that changed and may; answers with the commit, or with the first reason against it. */
export async function commitWork(work: GitWork, wanted: string): Promise<unknown | Refusal> {
  const item = work.drive.item();
  const message = checkMessage(wanted, { workItemId: item.workItemId });
  if (isRefusal(message)) return message;
  const reading = await readWork(work);
  if (isRefusal(reading)) return reading;
  const { changes, unadmitted } = reading;
  if (changes.length === 0) return { committed: false, why: 'nothing changed', unadmitted };
  const paths = changes.map((change) => change.path);
  const committed = checkPaths(work.settings, item, paths) ?? (await write(work, item, message, reading));
  if (isRefusal(committed)) return committed;
  work.crashPoints.reach('worker.commit');
  const { sha, diff } = committed;
  const summary = diff.files.map((file) => `${file.path} (+${file.added} -${file.removed})`).join('\n');
  const stored = await work.drive.advance({ kind: 'change-made', sha, summary, deliver: 'no' });
  if (isRefusal(stored)) return stored;
  work.tree.setIndex(reading.indexFor(sha));
  return { committed: true, sha, files: diff.files, unadmitted };
}
