/**
 * Makes a commit of what the model changed: the tree is read as data, judged by plan and paths, and committed by plumbing.
 *
 * files -> readTree -> plan and path rules -> commit -> event, so that the item knows its change before anybody else does
 */
import { authorOf } from '../../../agents/config/git.ts';
import { marksIn } from '../../../base/redact.ts';
import type { Tree } from '../../../checkout/workspace.ts';
import { commitChanges } from '../../../git/commit.ts';
import type { Diff } from '../../../git/diff.ts';
import { unresolved } from '../../../git/merge.ts';
import { checkMessage } from '../../../git/message-rule.ts';
import { ignoreRulesOf, readTree, type TreeReading } from '../../../git/tree/read.ts';
import { limits } from '../../../limits.ts';
import { isRefusal, type Refusal, refuse } from '../../../refusal.ts';
import type { PendingMerge } from '../../../work-items/observe/standing.ts';
import { type Plan, plannedPaths } from '../../../work-items/plan.ts';
import type { Drive } from '../drive-item.ts';
import type { ItemTurn } from '../turn.ts';
import { checkChanges } from './planned-changes.ts';

/** What one turn's git works on. */
export interface GitWork {
  turn: Pick<ItemTurn, 'agent' | 'connections' | 'redact' | 'crashPoints' | 'clock'>;
  tree: Tree;
  drive: Drive;
  /** New files that the model added by name. */
  added: Set<string>;
}

/** The commit that the next one builds upon, with the merge that it concludes while there is one. */
export function headOf({ tree }: GitWork): { sha: string; merge?: PendingMerge } {
  const { rev } = tree.index();
  return tree.merge?.tree === rev ? { sha: tree.sha, merge: tree.merge } : { sha: rev };
}

const plannedBy = (plan: Plan | undefined) => (plan ? plannedPaths(plan) : new Set<string>());

/** What changed in the tree since its commit, as far as it is tracked, added, or named by the plan; refused above `filesMax`. */
export function readWork(
  work: GitWork,
  plan = work.drive.item().plan?.plan,
  filesMax?: number,
): Promise<TreeReading | Refusal> {
  const { turn, tree, added } = work;
  const planned = plannedBy(plan);
  return readTree({
    repository: turn.connections.repository,
    folder: tree.folder,
    index: tree.index(),
    admit: (path) => planned.has(path) || added.has(path),
    filesMax,
    ...(turn.agent.git.allowMeta ? { allowMeta: ['**'] } : {}),
  });
}

/** Why a merge is not concluded yet, if it is not. */
function checkResolved(merge: PendingMerge | undefined, { changes }: TreeReading): Refusal | undefined {
  const left = unresolved(merge?.conflicts ?? [], changes);
  return left.length > 0 ? refuse('CONFLICT', `these conflicts are not resolved yet: ${left.join(', ')}`) : undefined;
}

/**
 * How many files may differ from the last commit so that the branch can still be within `git.diffFilesMax`: the bound is on
 * the whole branch, and at most each file that it changed before is now set back.
 */
async function filesMaxOf({ turn, tree }: GitWork): Promise<number> {
  const before = await turn.connections.repository.changedPaths(tree.base, tree.index().rev);
  return turn.agent.git.diffFilesMax + before.length;
}

const namesMax = 100;

/** Names for the model, without the thousands that an unpacked archive leaves. */
export function someOf(paths: readonly string[]): readonly string[] {
  if (paths.length <= namesMax) return paths;
  return [...paths.slice(0, namesMax), `and ${paths.length - namesMax} more`];
}

const hiddenText =
  'A secret was hidden from you there. Set these files back with git-ops checkout, then change their other lines with Edit; if the change needs the hidden text itself, say so with ask.';

/** Refuses a change that puts the mark of a hidden secret where the file's own text stood; with a file that moved it moves. */
async function checkMarks({ turn, tree }: GitWork, { changes }: TreeReading): Promise<Refusal | undefined> {
  const marks = (bytes: Buffer) => marksIn(bytes.toString('latin1'));
  const marked = changes.filter((change) => !change.deleted && marks(change.bytes).size > 0);
  if (marked.length === 0) return undefined;
  const { repository } = turn.connections;
  const { rev } = tree.index();
  const gone = changes.filter(({ deleted }) => deleted);
  const more = new Map<string, number>();
  for (const change of [...marked, ...gone]) {
    const before = await repository.readFile(rev, change.path, limits.fileBytesMax);
    const had = 'bytes' in before ? marks(before.bytes) : new Map<string, number>();
    const has = change.deleted ? new Map<string, number>() : marks(change.bytes);
    for (const mark of new Set([...had.keys(), ...has.keys()])) {
      const added = (has.get(mark) ?? 0) - (had.get(mark) ?? 0);
      if (added > 0 || change.deleted) more.set(mark, (more.get(mark) ?? 0) + added);
    }
  }
  const added = [...more].filter(([, count]) => count > 0).map(([mark]) => mark);
  if (added.length === 0) return undefined;
  const paths = someOf(marked.map(({ path }) => path)).join(', ');
  return refuse('SECRET_MARK', `${added.join(', ')} would be written into ${paths}`, hiddenText);
}

async function write(work: GitWork, message: string, { changes }: TreeReading) {
  const { agent, connections, clock } = work.turn;
  const { signOff, diffFilesMax: filesMax, diffLinesMax: linesMax } = agent.git;
  const { sha, merge } = headOf(work);
  return commitChanges({
    repository: connections.repository,
    parents: merge ? [sha, merge.theirs] : [sha],
    ...(merge ? { onto: merge.tree } : {}),
    against: work.tree.base,
    changes,
    message,
    author: authorOf(agent.git),
    signOff,
    at: clock.now(),
    bounds: { filesMax, linesMax },
  });
}

export function summaryOf({ files }: Diff): string {
  return files.map((file) => `${file.path} (+${file.added} -${file.removed})`).join('\n');
}

/**
 * What the next commit is built upon in place of a refused one: the newest commit of the branch that the refused one contains.
 * The branch itself may be further on, since another session of the agent may have fetched what people pushed meanwhile; the
 * files hold none of that, so a commit upon it would undo it.
 */
async function parentOfRefused({ turn, drive }: GitWork, refused: string): Promise<string | undefined> {
  const { change, plan } = drive.item();
  const { repository } = turn.connections;
  const known = change?.pushedSha ?? plan?.baseSha;
  const shared = change && (await repository.sharedWithBranch(change.branch, refused));
  if (!shared || !known) return shared ?? known;
  return (await repository.isAncestor(known, shared)) ? shared : known;
}

/** The remote refused the commit that the tree is based on: the next commit replaces it, with the correct parent. */
async function takeBackRefused(work: GitWork): Promise<void> {
  const { tree, drive } = work;
  const { refused } = drive.item().change ?? {};
  if (!refused || tree.index().rev !== refused.sha) return;
  const parent = await parentOfRefused(work, refused.sha);
  if (parent) await tree.takeBack(parent, refused.sha);
}

/** The new files, planned or added by name, that the commit's own `.gitignore` files match: they are never committed. */
async function ignoredBy({ turn, tree, drive, added }: GitWork): Promise<readonly string[]> {
  const { entries } = tree.index();
  const wanted = drive.item().plan?.plan.files.filter(({ change }) => change !== 'delete') ?? [];
  const fresh = [...new Set([...wanted.map(({ path }) => path), ...added])].filter((path) => !entries.has(path));
  if (fresh.length === 0) return [];
  const rules = await ignoreRulesOf(turn.connections.repository, tree.index());
  return fresh.filter((path) => rules.ignores(path, false));
}

/** What the model is told of the files that are not in the commit. */
async function leftOut(work: GitWork, { unadmitted }: TreeReading) {
  const ignored = someOf(await ignoredBy(work));
  const note = 'A .gitignore of the repository matches these files, so they are not committed.';
  return { unadmitted: someOf(unadmitted), ...(ignored.length > 0 ? { ignored, note } : {}) };
}

/** Commits all that changed and may; answers with the commit, or with the first reason against it. */
export async function commitWork(work: GitWork, wanted: string): Promise<unknown | Refusal> {
  await takeBackRefused(work);
  const item = work.drive.item();
  const message = checkMessage(work.turn.redact(wanted), { workItemId: item.workItemId });
  if (isRefusal(message)) return message;
  const reading = await readWork(work, item.plan?.plan, await filesMaxOf(work));
  if (isRefusal(reading)) return reading;
  const { changes } = reading;
  const others = await leftOut(work, reading);
  const { merge } = headOf(work);
  if (changes.length === 0 && !merge) return { committed: false, why: 'nothing changed', ...others };
  const { agent, connections } = work.turn;
  const judged = { agent, repository: connections.repository, item, base: work.tree.base };
  const denied = (await checkChanges(judged, changes)) ?? checkResolved(merge, reading);
  const committed = denied ?? (await checkMarks(work, reading)) ?? (await write(work, message, reading));
  if (isRefusal(committed)) return committed;
  work.turn.crashPoints.reach('worker.commit');
  const { sha, diff } = committed;
  const stored = await work.drive.advance({ kind: 'change-made', sha, summary: summaryOf(diff), deliver: 'no' });
  if (isRefusal(stored)) return stored;
  work.tree.setIndex(reading.indexFor(sha));
  return { committed: true, sha, files: diff.files, ...others };
}
