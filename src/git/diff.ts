/** The difference between two commits or trees, without any program that a repository names. */
import { type Git, records } from './git-program.ts';

export interface FileDiff {
  path: string;
  status: 'added' | 'deleted' | 'modified' | 'type-changed';
  /** Lines; both 0 for a binary file. */
  added: number;
  removed: number;
  binary: boolean;
}

export interface Diff {
  files: FileDiff[];
  /** Bytes of the new contents together. */
  bytes: number;
  /** A patch for people to read; `cut` says whether its end is missing. */
  text: string;
  cut: boolean;
}

export interface DiffWish {
  /** Bytes that the text may have; no text is made without it. */
  textBytesMax?: number;
  /** Only these files and folders, by their literal paths; all by default. */
  paths?: readonly string[];
}

const statuses: Record<string, FileDiff['status']> = { A: 'added', D: 'deleted', T: 'type-changed' };
const shape = ['--no-ext-diff', '--no-textconv', '--no-renames', '--submodule=short', '--ignore-submodules=none'];

interface RawChange {
  path: string;
  status: FileDiff['status'];
  oid: string | undefined;
}

/** Output of `--raw --numstat -z`: pairs that begin with a colon, then one record for each file. */
function parseRaw(all: readonly string[]): { changes: RawChange[]; counts: Map<string, [string, string]> } {
  const changes: RawChange[] = [];
  const counts = new Map<string, [string, string]>();
  for (let at = 0; at < all.length; at += 1) {
    const record = all[at] ?? '';
    if (record.startsWith(':')) {
      const [, mode = '', , oid = '', letter = ''] = record.split(' ');
      at += 1;
      const hasBlob = mode !== '000000' && mode !== '160000';
      changes.push({ path: all[at] ?? '', status: statuses[letter] ?? 'modified', oid: hasBlob ? oid : undefined });
    } else {
      const [added = '-', removed = '-', ...path] = record.split('\t');
      counts.set(path.join('\t'), [added, removed]);
    }
  }
  return { changes, counts };
}

async function sizesOf(git: Git, oids: readonly string[]): Promise<number> {
  if (oids.length === 0) return 0;
  const input = oids.map((oid) => `${oid}\n`).join('');
  const { stdout } = await git(['cat-file', '--batch-check=%(objectsize)'], { input });
  return stdout
    .toString()
    .split('\n')
    .reduce((sum, size) => sum + Number(size), 0);
}

/** As text, without the first bytes of a character that was cut. */
const wholeCharacters = (bytes: Uint8Array) => new TextDecoder().decode(bytes, { stream: true });

/** From one commit or tree to another. */
export async function diffOf(
  git: Git,
  from: string,
  to: string,
  { textBytesMax = 0, paths = [] }: DiffWish = {},
): Promise<Diff> {
  // Every pathspec is literal, see `git-program.ts`.
  const between = [...shape, from, to, '--', ...paths];
  const { stdout } = await git(['diff-tree', '-r', '-z', '--raw', '--no-abbrev', '--numstat', ...between]);
  const { changes, counts } = parseRaw(records(stdout));
  const files = changes.map(({ path, status }): FileDiff => {
    const [added = '-', removed = '-'] = counts.get(path) ?? [];
    const binary = added === '-';
    return { path, status, binary, added: binary ? 0 : Number(added), removed: binary ? 0 : Number(removed) };
  });
  const bytes = await sizesOf(
    git,
    changes.flatMap(({ oid }) => oid ?? []),
  );
  if (textBytesMax === 0) return { files, bytes, text: '', cut: false };
  const patch = await git(['diff-tree', '-r', '-p', '--full-index', ...between], {
    outputBytesMax: textBytesMax,
    mayCut: true,
  });
  const cut = patch.truncated || patch.stdout.length > textBytesMax;
  return { files, bytes, text: wholeCharacters(patch.stdout.subarray(0, textBytesMax)), cut };
}
