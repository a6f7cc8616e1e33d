/**
 * Uncommitted work, kept as a commit in our own repository only, and restored as files.
 *
 * tree -> read as data -> commit -> refs/jvagent/kept/<work item>, never pushed, deleted after `limits.keptDays`
 */
import { limits } from '../../limits.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import { type Author, commitChanges } from '../commit.ts';
import type { Repository } from '../repository.ts';
import { readTree } from '../tree/read.ts';
import type { FileMode, IndexEntry, StatIndex } from '../tree/stat-index.ts';

export interface KeepRequest {
  repository: Repository;
  workItemId: number;
  folder: string;
  /** The index that the folder is compared with; its commit becomes the parent. */
  index: StatIndex;
  author: Author;
  /** Milliseconds since 1970. */
  at: number;
}

const keptRefs = 'refs/jvagent/kept/';
const refOf = (workItemId: number) => `${keptRefs}${workItemId}`;
const unbounded = { filesMax: Number.POSITIVE_INFINITY, linesMax: Number.POSITIVE_INFINITY };

async function dropOld({ git }: Repository, at: number): Promise<void> {
  const { stdout } = await git(['for-each-ref', '--format=%(committerdate:unix) %(refname)', keptRefs]);
  const oldest = at / 1_000 - limits.keptDays * 86_400;
  for (const line of stdout.toString('utf8').split('\n')) {
    const [seconds, ref] = line.split(' ');
    if (ref && Number(seconds) < oldest) await git(['update-ref', '-d', ref]);
  }
}

/** Keeps everything that differs from the index's commit, without regard to plan and rules; undefined if nothing differs. */
export async function keepWork(request: KeepRequest): Promise<string | Refusal | undefined> {
  const { repository, workItemId, folder, index, author, at } = request;
  const reading = await readTree({ repository, folder, index, admit: () => true, allowMeta: ['**'] });
  if (isRefusal(reading)) return reading;
  if (reading.changes.length === 0) return undefined;
  const committed = await commitChanges({
    repository,
    parents: [index.rev],
    changes: reading.changes,
    message: `Work on item ${workItemId} that is in no commit yet`,
    author,
    signOff: false,
    at,
    bounds: unbounded,
    takesLfs: true,
  });
  if (isRefusal(committed)) return committed;
  await dropOld(repository, at);
  await setKept(repository, workItemId, committed.sha);
  return committed.sha;
}

/** Makes this commit of the repository the kept work of the item. */
export async function setKept({ git }: Repository, workItemId: number, sha: string): Promise<void> {
  await git(['update-ref', refOf(workItemId), sha]);
}

/** Whether this is still the kept work of the item. */
export async function isKept(repository: Repository, workItemId: number, sha: string): Promise<boolean> {
  return (await repository.resolve(refOf(workItemId))) === sha;
}

const modeOf = (mode: string): FileMode => (mode === '120000' || mode === '100755' ? mode : '100644');

/** The index of a folder with kept work, relative to `rev`: files that differ from it count as uncommitted. */
export async function measuredAgainst(repository: Repository, written: StatIndex, rev: string): Promise<StatIndex> {
  const entries = new Map<string, IndexEntry>();
  for (const { path, mode, oid, size } of await repository.list(rev)) {
    if (path.includes('\ufffd')) continue;
    const same = written.entries.get(path);
    if (size === undefined) entries.set(path, { mode: '160000', oid });
    else if (same?.oid === oid && same.mode === modeOf(mode)) entries.set(path, same);
    else entries.set(path, { mode: modeOf(mode), oid, stamp: '' });
  }
  return { rev, entries };
}
