/**
 * What other nodes need of a work item's work, for one turn: the state has each commit before it has anything that names it.
 *
 * commit -> bundle -> parts into the state -> the event; elsewhere: parts -> bundle -> repository -> the turn goes on
 */
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { takeBundle, writeBundle } from '../git/kept/bundle.ts';
import { setKept } from '../git/kept/kept-work.ts';
import type { Repository } from '../git/repository.ts';
import type { TurnSupervisor } from '../ipc/of-turn.ts';
import type { OrderedWork } from '../ipc/work.ts';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';
import type { WorkItem } from '../work-items/work-item.ts';

export interface SharedWorkOptions {
  repository: Repository;
  supervisor: TurnSupervisor;
  /** What the state had when the turn began. */
  known: OrderedWork | undefined;
  /** The tree that the session's last turn worked in. */
  tree: string | undefined;
  /** By default `limits.bundleBytesMax`. */
  bytesMax?: number;
}

export interface SharedWork {
  /** Takes in what this repository lacks, as far as the state has it. GATE_BASE if it cannot be used. */
  bring(item: WorkItem): Promise<Refusal | undefined>;
  /** Stores the item's commits, with `sha` that is about to be one of them. WORK_SIZE if they are too large: they stay here. */
  share(item: WorkItem, sha: string): Promise<Refusal | undefined>;
  /** Why the item cannot go on from this commit here; undefined if the repository has it. */
  whyMissing(sha: string): Promise<Refusal | undefined>;
  /** The tree that the session worked in last; undefined if the state knows none. */
  lastTree(): string | undefined;
  /** From now on it works in this one. */
  worksIn(tree: string | undefined): Promise<void>;
}

const commitsOf = ({ change }: WorkItem, ...more: string[]): string[] => {
  const named = [change?.commit?.sha, change?.kept, change?.refused?.sha, change?.pushedSha, ...more];
  return [...new Set(named.flatMap((sha) => sha ?? []))];
};

/** Of commits that were never pushed there is one place only. */
function lostCommit(sha: string): Refusal {
  const why = `commit ${sha}, which the work continues from, is no longer in the repository`;
  const fix = 'Move the work item to New to get a new plan, or restore the folder repos/ of the state.';
  return refuse('GATE_BASE', why, fix);
}

async function lackingIn(repository: Repository, commits: readonly string[]): Promise<string[]> {
  const found = await Promise.all(commits.map((sha) => repository.contains(sha)));
  return commits.filter((_, at) => !found[at]);
}

/** Sends a file in parts, of which one at a time is in memory; their number. */
async function send(supervisor: TurnSupervisor, file: string, bundle: string): Promise<number> {
  const buffer = Buffer.alloc(limits.bundlePartBytesMax);
  const fd = openSync(file, 'r');
  try {
    for (let part = 0; ; part++) {
      const length = readSync(fd, buffer);
      if (length === 0) return part;
      await supervisor.call('workPart', { bundle, part, content: buffer.toString('base64', 0, length) });
    }
  } finally {
    closeSync(fd);
  }
}

/** False if the bundle is not there any more: it was dropped with the turn that this one was, whose next write is refused. */
async function receive(
  supervisor: TurnSupervisor,
  file: string,
  { bundle = '', parts }: OrderedWork,
): Promise<boolean> {
  writeFileSync(file, '', { mode: 0o600 });
  for (let part = 0; part < parts; part++) {
    const content = await supervisor.call('readWork', { bundle, part });
    if (content === null) return false;
    writeFileSync(file, Buffer.from(content, 'base64'), { flag: 'a' });
  }
  return true;
}

const mb = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MB`;

function tooLarge({ workItemId }: WorkItem, bytes: number, bytesMax: number): Refusal {
  const why = `the commits of work item ${workItemId} that are not pushed are ${mb(bytes)}, and ${mb(bytesMax)} go into the state`;
  return refuse('WORK_SIZE', `${why}: until they are pushed, the work item goes on only on this node`);
}

function onlyElsewhere(sha: string, bytes: number): Refusal {
  const why = `commit ${sha.slice(0, 12)} is only on the node where it was made, since ${mb(bytes)} were too large for the state`;
  const fix = 'Start that node again, and the work item goes on there. Or move the work item to New to get a new plan.';
  return refuse('WORK_SIZE', why, fix);
}

export function createSharedWork(options: SharedWorkOptions): SharedWork {
  const { repository, supervisor, bytesMax = limits.bundleBytesMax } = options;
  let { known, tree: lastTree } = options;

  async function keep(work: Omit<OrderedWork, 'isElsewhere'>): Promise<void> {
    await supervisor.call('workKept', { kept: work });
    known = { ...work, isElsewhere: false };
  }

  return {
    async bring(item) {
      const wanted = commitsOf(item);
      if (known?.bundle === undefined || (await lackingIn(repository, wanted)).length === 0) return undefined;
      const stored = known;
      // What the bundle builds upon, and what was pushed, comes from the remote.
      await repository.fetch();
      if ((await lackingIn(repository, wanted)).length === 0) return undefined;
      const refusal = await repository.withScratch(async (folder) => {
        const file = join(folder, 'work.bundle');
        if (!(await receive(supervisor, file, stored))) return undefined;
        return takeBundle(repository, item.workItemId, { file, commits: stored.commits });
      });
      if (refusal) return refusal;
      const { kept } = item.change ?? {};
      if (kept && (await repository.contains(kept))) await setKept(repository, item.workItemId, kept);
      return undefined;
    },
    async share(item, sha) {
      const wanted = commitsOf(item, sha);
      if (wanted.every((commit) => known?.commits.includes(commit))) return undefined;
      const gone = new Set(await lackingIn(repository, wanted));
      const commits = wanted.filter((commit) => !gone.has(commit));
      const { workItemId, change } = item;
      return repository.withScratch(async (folder) => {
        const asked = { repository, workItemId, commits, branch: change?.branch, folder, bytesMax };
        const bundled = await writeBundle(asked);
        if (!bundled) return undefined;
        const { file, bytes } = bundled;
        if (bytes > bytesMax) {
          await keep({ commits, bytes, parts: 0 });
          return tooLarge(item, bytes, bytesMax);
        }
        const bundle = randomUUID();
        await keep({ bundle, commits, bytes, parts: await send(supervisor, file, bundle) });
        return undefined;
      });
    },
    lastTree: () => lastTree,
    async worksIn(tree) {
      if (tree === undefined || tree === lastTree) return;
      await supervisor.call('treeWritten', { tree });
      lastTree = tree;
    },
    async whyMissing(sha) {
      if (await repository.contains(sha)) return undefined;
      return known?.isElsewhere ? onlyElsewhere(sha, known.bytes) : lostCommit(sha);
    },
  };
}
