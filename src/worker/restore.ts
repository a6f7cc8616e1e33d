/** Sets files of a tree back to what a commit has, from inside the sandbox: no link that the agent made leads anywhere else. */
import { OutsideError } from '../base/errors.ts';
import { limits } from '../limits.ts';
import { runSandboxed } from '../sandbox/run-sandboxed.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { Tree } from './workspace.ts';

const treeInside = '/tree';

/** `$1` is the commit, the rest are paths; one that the commit does not have is removed. */
const script = `sha=$1; shift
for path; do
  if git cat-file -e "$sha:$path" 2>/dev/null
  then mkdir -p "$(dirname "./$path")" && git cat-file blob "$sha:$path" > "./$path"
  else rm -f "./$path"
  fi
done`;

export function createRestore(sandbox: Sandbox) {
  return async ({ folder, view, metaPaths }: Tree, sha: string, files: readonly string[]): Promise<void> => {
    const ran = await runSandboxed(
      sandbox,
      {
        program: '/bin/sh',
        args: ['-eu', '-c', script, 'restore', sha, ...files],
        env: { PATH: '/usr/bin:/bin', GIT_OPTIONAL_LOCKS: '0' },
        cwd: treeInside,
        mounts: [
          { source: folder, target: treeInside, writable: true, readOnlyPaths: metaPaths },
          { source: view.viewFolder, target: `${treeInside}/.git` },
          { source: view.objectsFolder, target: view.objectsMount },
        ],
      },
      { timeoutMs: limits.gitSecondsMax * 1_000, outputBytesMax: 4_000 },
    );
    if (ran.code === 0) return;
    throw new OutsideError(`the files could not be restored: ${ran.output.slice(-300)}`, {
      system: 'sandbox',
      request: 'checkout',
      kind: 'failed',
    });
  };
}
