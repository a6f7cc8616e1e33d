/**
 * What `git.setupCommand` makes beside a commit's files (dependencies), made once for each set of lock files.
 *
 * commit -> its lock files -> key -> kept? -> else: fresh files, the command in a sandbox that reaches the registries ->
 * paths that are new -> copied, by a program in a sandbox, into the tree that wants them
 *
 * Lock files that the target branch has too are set up from that branch's own files, so that work items share only what
 * comes from reviewed code. With other lock files, or without any, each commit is set up by itself.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256 } from '../base/digest.ts';
import type { ShowFolders } from '../connections/folders.ts';
import type { OpenNetwork } from '../connections/networks.ts';
import { endOf } from '../documents/cut.ts';
import { trackingRef } from '../git/remote-refs.ts';
import type { Repository } from '../git/repository.ts';
import { walkTree } from '../git/tree/walk.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { insidePath } from '../sandbox/layout.ts';
import { runSandboxed } from '../sandbox/run-sandboxed.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import type { PreparedTrees } from './prepared-trees.ts';
import { runRepositoryCommand } from './repository-command.ts';
import type { Workspace } from './workspace.ts';

export interface SetUpOptions {
  sandbox: Sandbox;
  workspace: Pick<Workspace, 'withFiles'>;
  repository: Pick<Repository, 'list' | 'pathsAt' | 'resolve' | 'targetBranch'>;
  trees: PreparedTrees;
  setupCommand: string;
  minutesMax: number;
  openNetwork: OpenNetwork;
  showFolders?: ShowFolders;
}

export interface SetUp {
  /**
   * Adds what the set-up makes to a folder with a commit's files; files that are there stay as they are.
   * `wants` chooses among the new paths, all by default. If it fails: SETUP with the end of the command's output.
   */
  into(folder: string, sha: string, wants?: Wants): Promise<Refusal | undefined>;
  /** Whether the commit's own change makes its set-up fail: the target branch's files can be set up. */
  isOwn(sha: string): Promise<boolean>;
}

/** Whether a new path is wanted; a folder brings its content. */
export type Wants = (path: string, isFolder: boolean) => boolean;

const lockFile =
  /(^|\/)(package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|packages\.lock\.json|requirements[^/]*\.txt|poetry\.lock|uv\.lock|Cargo\.lock|go\.sum|Gemfile\.lock|composer\.lock)$/;

const newPathsSchema = z.array(z.object({ path: z.string(), isFolder: z.boolean() }));
type NewPath = z.infer<typeof newPathsSchema>[number];

const [filesName, pathsName] = ['files', 'paths.json'];
const [treeInside, preparedInside] = ['/tree', '/prepared'];
const copyMinutesMax = 10;
const linesShown = 15;

const lastLines = (output: string) => endOf(output.trim().split('\n').slice(-linesShown).join('\n'), 2_000);

/** Names come in on stdin; files that the tree has already are not touched. */
const copy = `tar -C ${preparedInside} --null --verbatim-files-from -T - -cf - | tar -C ${treeInside} --skip-old-files -xpf -`;

/** Paths that are not in the commit; of a new folder only the folder itself. */
function newPathsIn(folder: string, commitPaths: readonly string[]): NewPath[] {
  const files = new Set(commitPaths);
  const folders = new Set(
    commitPaths.flatMap((path) => [...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index))),
  );
  return [...walkTree(folder, (path) => folders.has(path))]
    .filter(({ path }) => path !== '.git' && !files.has(path) && !folders.has(path) && !path.includes('\ufffd'))
    .map(({ path, stat }) => ({ path, isFolder: stat?.isDirectory() ?? false }));
}

/** The commit's lock files, by content; empty if it has none. */
async function locksOf({ repository }: SetUpOptions, sha: string): Promise<string> {
  const listed = (await repository.list(sha)).filter(({ path }) => lockFile.test(path));
  return listed.map(({ path, oid }) => `${oid} ${path}`).join('\n');
}

/** A program in a sandbox does the copying, so that no link in either tree can lead it elsewhere. */
async function add(
  { sandbox }: SetUpOptions,
  home: string,
  folder: string,
  wants: Wants,
): Promise<Refusal | undefined> {
  const paths = newPathsSchema.parse(JSON.parse(readFileSync(join(home, pathsName), 'utf8')));
  const wanted = paths.filter(({ path, isFolder }) => wants(path, isFolder)).map(({ path }) => `./${path}\0`);
  if (wanted.length === 0) return undefined;
  const spec = {
    program: '/bin/bash',
    args: ['-o', 'pipefail', '-c', copy],
    env: { PATH: insidePath },
    cwd: '/',
    mounts: [
      { source: join(home, filesName), target: preparedInside },
      { source: folder, target: treeInside, writable: true },
    ],
  };
  const bounds = { timeoutMs: copyMinutesMax * 60_000, outputBytesMax: 4_096, input: wanted.join('') };
  const { code, output, overLimit } = await runSandboxed(sandbox, spec, bounds);
  if (code === 0) return undefined;
  return refuse('SETUP', `what git.setupCommand made could not be copied: ${overLimit ?? lastLines(output)}`);
}

export function createSetUp(options: SetUpOptions): SetUp {
  const { sandbox, workspace, repository, trees, setupCommand, minutesMax, openNetwork, showFolders } = options;

  const targetSha = () => repository.resolve(trackingRef(repository.targetBranch));

  /** The commit to set up for this one, and what its result is kept by. */
  async function originOf(sha: string): Promise<{ origin: string; key: string }> {
    const target = await targetSha();
    const locks = await locksOf(options, sha);
    const isShared = target !== undefined && locks !== '' && locks === (await locksOf(options, target));
    const facts = [setupCommand, locks, isShared ? '' : sha];
    const key = sha256(JSON.stringify(facts)).slice(0, 32);
    return { origin: isShared ? target : sha, key };
  }

  async function make(origin: string, home: string): Promise<Refusal | undefined> {
    const made = await workspace.withFiles(origin, async (folder) => {
      const asked = { name: 'git.setupCommand', command: setupCommand, folder, minutesMax };
      const { ok, output } = await runRepositoryCommand(asked, { sandbox, openNetwork, showFolders });
      if (!ok)
        return refuse(
          'SETUP',
          `git.setupCommand (${setupCommand}) failed on commit ${origin.slice(0, 12)}:\n${lastLines(output)}`,
        );
      const paths = newPathsIn(folder, await repository.pathsAt(origin));
      writeFileSync(join(home, pathsName), JSON.stringify(paths));
      renameSync(folder, join(home, filesName));
      return undefined;
    });
    const isOwn = !isRefusal(made) || made.refused === 'SETUP';
    return isOwn ? made : refuse('SETUP', `git.setupCommand could not begin: ${made.refused}: ${made.why}`, made.fix);
  }

  return {
    async into(folder, sha, wants = () => true) {
      const { origin, key } = await originOf(sha);
      return trees.with(
        key,
        (home) => make(origin, home),
        (home) => add(options, home, folder, wants),
      );
    },
    async isOwn(sha) {
      const target = await targetSha();
      if (target === undefined || (await originOf(sha)).origin === target) return false;
      const { key } = await originOf(target);
      return (
        (await trees.with(
          key,
          (home) => make(target, home),
          async () => undefined,
        )) === undefined
      );
    },
  };
}
