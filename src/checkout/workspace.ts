/**
 * The trees of one agent: a commit's files on disk for one session, with a read-only `.git`.
 *
 * Each is a copy with a name of its own: the session's last turn may have worked on another node, in another tree.
 *
 * A folder's name is a digest of agent and session; the disk does not say which.
 */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../base/remove-folder.ts';
import { measuredAgainst } from '../git/kept/kept-work.ts';
import { isMetaPath } from '../git/path-rule.ts';
import { makeReadOnlyView, type ReadOnlyView } from '../git/read-only-view.ts';
import type { Repository } from '../git/repository.ts';
import { loadIndex, type StatIndex, storeIndex } from '../git/tree/stat-index.ts';
import { writeTree } from '../git/tree/write.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import type { PendingMerge } from '../work-items/observe/standing.ts';
import { treeFolderOf } from './tree-folder.ts';

export interface WorkspaceOptions {
  agentId: string;
  stateFolder: string;
  /** Where files that are used once are put. */
  runFolder: string;
  repository: Repository;
  /** The sandbox's user where we are root. */
  ownerUid: number | undefined;
}

export interface Tree {
  /** The files. */
  folder: string;
  /** The commit that the work continues from. */
  sha: string;
  /** What was merged into the files; the next commit has both as parents. */
  merge?: PendingMerge | undefined;
  /** The commit of the target branch that the whole change is measured against. */
  base: string;
  view: ReadOnlyView;
  /** Undefined for a tree that was written before trees had names. */
  name: string | undefined;
  /** Where the files come from: an earlier turn left them, its work was kept, or they are a commit's files. */
  from: 'turn' | 'kept' | 'commit';
  /** Paths that steer tools; they stay read-only inside. */
  metaPaths: string[];
  index(): StatIndex;
  /** What the files are measured against from now on. */
  setIndex(index: StatIndex): void;
  /** Compares the files with an earlier commit: the work in `kept`, which they include, no longer counts as committed. */
  takeBack(sha: string, kept: string): Promise<void>;
  /** The files as they are now, with what is in no commit, are also this commit: who continues from it may continue with them. */
  keptAs(kept: string): void;
}

interface TreeRequest {
  sessionId: string;
  sha: string;
  /** A merge whose files, with conflict marks, are written instead of the commit's own. */
  merge?: PendingMerge | undefined;
  /** The branch name that the view shows. */
  branch: string;
  /** Continues with the files that an earlier turn left, if they are based on the same commit or merge. */
  keep: boolean;
  /** The name of the tree that the session's last turn worked in, as the state has it: files of another one are out of date. */
  last: string | undefined;
  /** A commit with work on top of `sha` that is not committed yet; the files are written from it. */
  kept?: string | undefined;
}

/** Where the objects of the repository are seen inside the sandbox. */
const objectsMount = '/opt/objects';

const stampOf = (rev: string, kept: string | undefined) => (kept ? `${rev} ${kept}` : rev);

/** What the files were written from, if work can continue with them: stamp and index must name the same commit. */
function stampIn(home: string): string | undefined {
  const stamp = join(home, 'sha');
  const whole = [stamp, join(home, 'index'), join(home, 'files')].every((path) => existsSync(path));
  if (!whole) return undefined;
  const from = readFileSync(stamp, 'utf8');
  return from.split(' ')[0] === loadIndex(join(home, 'index')).rev ? from : undefined;
}

/** The name of the tree in this folder, if it has one. */
function nameIn(home: string): string | undefined {
  const file = join(home, 'name');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/** The files of `kept`, measured against `sha`. */
async function takeBack(repository: Repository, home: string, sha: string, kept: string): Promise<void> {
  const indexFile = join(home, 'index');
  storeIndex(indexFile, await measuredAgainst(repository, loadIndex(indexFile), sha));
  writeFileSync(join(home, 'sha'), stampOf(sha, kept));
}

export function createWorkspace({ agentId, stateFolder, runFolder, repository, ownerUid }: WorkspaceOptions) {
  const homeOf = (sessionId: string) => treeFolderOf(stateFolder, agentId, sessionId);

  async function write(home: string, sha: string, kept?: string): Promise<Refusal | undefined> {
    removeFolder(home);
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const written = await writeTree({
      repository,
      rev: kept ?? sha,
      folder: join(home, 'files'),
      indexFile: join(home, 'index'),
      ownerUid,
    });
    if (isRefusal(written)) return written;
    if (kept) storeIndex(join(home, 'index'), await measuredAgainst(repository, written, sha));
    writeFileSync(join(home, 'sha'), stampOf(sha, kept));
    return undefined;
  }

  return {
    ownerUid,
    /** The session's tree at a commit, written again unless it is kept. */
    async prepare({ sessionId, sha, merge, branch, keep, last, kept }: TreeRequest): Promise<Tree | Refusal> {
      const home = homeOf(sessionId);
      const [rev, onTop] = merge ? [merge.tree, undefined] : [sha, kept];
      const isLast = keep && nameIn(home) === last;
      if (isLast && onTop && stampIn(home) === onTop) await takeBack(repository, home, rev, onTop);
      const isAsLeft = isLast && stampIn(home) === stampOf(rev, onTop);
      const refusal = isAsLeft ? undefined : await write(home, rev, onTop);
      if (refusal) return refusal;
      if (!isAsLeft) writeFileSync(join(home, 'name'), randomUUID());
      const viewFolder = join(home, 'view');
      rmSync(viewFolder, { recursive: true, force: true });
      const view = await makeReadOnlyView({ repository, folder: viewFolder, sha, branch, objectsMount });
      const paths = await repository.pathsAt(rev);
      const indexFile = join(home, 'index');
      return {
        folder: join(home, 'files'),
        sha,
        merge,
        base: await repository.sharedWithTarget(sha, ...(merge ? [merge.theirs] : [])),
        view,
        from: isAsLeft ? 'turn' : onTop ? 'kept' : 'commit',
        name: nameIn(home),
        metaPaths: paths.filter(isMetaPath),
        takeBack: (to, from) => takeBack(repository, home, to, from),
        keptAs: (commit) => writeFileSync(join(home, 'sha'), stampOf(loadIndex(indexFile).rev, commit)),
        index: () => loadIndex(indexFile),
        setIndex(index) {
          storeIndex(indexFile, index);
          writeFileSync(join(home, 'sha'), index.rev);
        },
      };
    },
    /** A commit's files in a folder that only `use` sees; removed afterwards. */
    async withFiles<T>(sha: string, use: (folder: string) => Promise<T>): Promise<T | Refusal> {
      const home = mkdtempSync(join(runFolder, 'f'));
      try {
        const refusal = await write(home, sha);
        return refusal ?? (await use(join(home, 'files')));
      } finally {
        removeFolder(home);
      }
    },
    /** Removes a session's files when the session is over. */
    drop(sessionId: string): void {
      removeFolder(homeOf(sessionId));
    },
  };
}

export type Workspace = ReturnType<typeof createWorkspace>;
