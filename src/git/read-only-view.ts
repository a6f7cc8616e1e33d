/** A read-only `.git` for the agent: status, diff, log and blame work, and nothing can be written. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trackingRef } from './remote-refs.ts';
import type { Repository } from './repository.ts';

export interface ViewRequest {
  repository: Repository;
  /** Must not exist yet. */
  folder: string;
  /** The commit of the tree; the next field is its branch. */
  sha: string;
  branch: string;
  /** The path inside where the objects are mounted read-only. */
  objectsMount: string;
}

export interface ReadOnlyView {
  /** To mount read-only over the tree's `.git`. */
  viewFolder: string;
  /** To mount read-only at `objectsMount`. */
  objectsFolder: string;
  objectsMount: string;
}

const config = [
  '[core]',
  'repositoryformatversion = 0',
  'filemode = true',
  'bare = false',
  'logallrefupdates = false',
  '',
];

/** Creates the view. Everyone may read it; the permissions of its parent folder decide who can reach it. */
export async function makeReadOnlyView(request: ViewRequest): Promise<ReadOnlyView> {
  const { repository, folder, sha, branch, objectsMount } = request;
  const target = await repository.resolve(trackingRef(repository.targetBranch));
  const refs = [
    `${sha} refs/heads/${branch}\n`,
    target ? `${target} ${trackingRef(repository.targetBranch)}\n` : '',
  ].join('');
  const files: Record<string, string> = {
    HEAD: `ref: refs/heads/${branch}\n`,
    config: config.join('\n'),
    'packed-refs': `# pack-refs with: sorted\n${refs}`,
    'objects/info/alternates': `${objectsMount}\n`,
  };
  for (const path of ['', 'refs', 'objects', 'objects/info']) mkdirSync(join(folder, path), { mode: 0o755 });
  for (const [path, text] of Object.entries(files))
    writeFileSync(join(folder, path), text, { mode: 0o644, flag: 'wx' });
  const indexFile = join(folder, 'index');
  await repository.git(['read-tree', '--end-of-options', sha], { env: { GIT_INDEX_FILE: indexFile } });
  for (const path of [folder, 'refs', 'objects', 'objects/info'])
    chmodSync(path === folder ? path : join(folder, path), 0o755);
  for (const path of [...Object.keys(files), 'index']) chmodSync(join(folder, path), 0o644);
  return { viewFolder: folder, objectsFolder: join(repository.gitDir, 'objects'), objectsMount };
}
