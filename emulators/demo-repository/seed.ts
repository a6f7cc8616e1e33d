/**
 * Creates the bare repository that an emulator serves, from a folder of plain files or from a user's git repository.
 *
 * plain files -> one commit; a git repository -> the history of its HEAD; then all branches at that commit
 */
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularFile } from '../../src/base/files.ts';
import { limits } from '../../src/limits.ts';
import { git } from '../git-http/git.ts';
import type { Signature } from '../git-http/repository.ts';

export interface SeedOptions {
  /** The bare repository to create; must not exist yet. */
  directory: string;
  /** A folder of plain files, or a git repository whose HEAD and history are used. */
  source: string;
  /** All branches begin at the same commit; the first one is the default branch. */
  branches: readonly [string, ...string[]];
  /** The message of the commit for plain files. */
  message?: string;
  author?: Signature;
}

const demoAuthor: Signature = { name: 'Demo', email: 'demo@example.com', at: Date.UTC(2026, 0, 5, 9) };
const skipped = new Set(['.git', 'node_modules']);

interface Entry {
  path: string;
  mode: '100644' | '100755' | '120000';
  content: Buffer;
}

function* filesBelow(folder: string, prefix = ''): Generator<Entry> {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !skipped.has(name));
  for (const entry of entries) {
    const file = join(folder, entry.name);
    const path = prefix + entry.name;
    if (entry.isDirectory()) yield* filesBelow(file, `${path}/`);
    else if (entry.isSymbolicLink()) yield { path, mode: '120000', content: Buffer.from(readlinkSync(file)) };
    else if (entry.isFile()) {
      const read = readRegularFile(file, limits.fileBytesMax);
      if ('fault' in read) throw new Error(`${file} cannot be read: ${read.fault}`);
      yield { path, mode: read.stat.mode & 0o100 ? '100755' : '100644', content: read.bytes };
    }
  }
}

const sized = (bytes: Buffer) => [Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')];
const quoted = (path: string) => `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"`;

/** Uses a single stream for git fast-import, so that a large folder does not need a process for each file. */
async function commitFiles({ directory, source, branches, message = 'Import', author = demoAuthor }: SeedOptions) {
  const who = `${author.name} <${author.email}> ${Math.floor(author.at / 1000)} +0000`;
  const head = `commit refs/heads/${branches[0]}\nauthor ${who}\ncommitter ${who}\n`;
  const files = [...filesBelow(source)].flatMap(({ path, mode, content }) => [
    Buffer.from(`M ${mode} inline ${quoted(path)}\n`),
    ...sized(content),
  ]);
  const stream = Buffer.concat([Buffer.from(head), ...sized(Buffer.from(message)), ...files]);
  await git(directory, ['fast-import', '--quiet'], { input: stream });
  return git(directory, ['rev-parse', '--verify', `refs/heads/${branches[0]}`]);
}

async function fetchHead({ directory, source }: SeedOptions): Promise<string> {
  // The other side of a local fetch does not use our configuration, and the folder may belong to another user.
  const otherSide = "--upload-pack=git -c safe.directory='*' upload-pack";
  await git(directory, ['fetch', '--quiet', '--no-tags', '--update-shallow', otherSide, '--', source, 'HEAD']);
  return git(directory, ['rev-parse', '--verify', 'FETCH_HEAD']);
}

/** Creates the repository and returns the commit of all its branches. The same files give the same commit. */
export async function seedRepository(options: SeedOptions): Promise<{ commit: string }> {
  const { directory, source, branches } = options;
  await mkdir(directory, { recursive: true });
  await git(directory, ['init', '--quiet', '--bare', '--template=', `--initial-branch=${branches[0]}`, directory]);
  const isRepository = existsSync(join(source, '.git')) || existsSync(join(source, 'objects', 'pack'));
  const commit = await (isRepository ? fetchHead(options) : commitFiles(options));
  for (const branch of branches) await git(directory, ['update-ref', `refs/heads/${branch}`, commit]);
  return { commit };
}
