/** The outside world of one work item, in memory: a tile with its comments and history, a branch, a pull request, an instance. */
import { OutsideError } from '../../src/base/errors.ts';
import type { Check, CodeHost, PullRequest, ReviewNote } from '../../src/work-items/code-host.ts';
import type { Permit } from '../../src/work-items/gate/permit.ts';
import type { Instance } from '../../src/work-items/instance.ts';
import type { Source } from '../../src/work-items/source.ts';
import type { StateChange, Tile, TileComment, Tracker } from '../../src/work-items/tracker.ts';
import { base, me, merged, planNote, postedAt, sha, tileIn } from './fixture.ts';

export interface World {
  tile: Tile | undefined;
  change: StateChange | undefined;
  comments: TileComment[];
  /** Other work items that are not over. */
  open: { workItemId: number; state: string }[];
  pullRequest: PullRequest | undefined;
  notes: ReviewNote[];
  checks: Check[];
  /** Commits in order, oldest first; whatever stands before another is its ancestor. */
  line: string[];
  targetSha: string;
  pathsMoved: string[];
  /** Commits of which the target branch has nothing any more. */
  undone?: string[];
  /** Files in which any merge conflicts. */
  conflicts: string[];
  heads: Map<string, string>;
  running: { commit?: string; name?: string };
  healthy: boolean;
  deployments: Map<string, string>;
  /** The tag by which each child is found, by their ids. */
  children: Map<number, string>;
  /** What was written, in order. */
  writes: string[];
  /** Thrown by every call that a rule of the outside refuses: the method, and the state that a tile was to have. */
  rule?: (method: string, state?: string) => OutsideError | undefined;
  /** Thrown by the next calls of the named methods, one each. */
  faults: [string, OutsideError][];
  now: number;
}

export function createWorld(extra: Partial<World> = {}): World {
  return {
    tile: tileIn('Planning'),
    change: undefined,
    comments: [planNote],
    open: [],
    pullRequest: undefined,
    notes: [],
    checks: [],
    line: [base, sha, merged],
    targetSha: base,
    pathsMoved: [],
    conflicts: [],
    heads: new Map(),
    running: { commit: base },
    healthy: true,
    deployments: new Map(),
    children: new Map(),
    writes: [],
    faults: [],
    now: postedAt + 120_000,
    ...extra,
  };
}

export function outside(kind: OutsideError['facts']['kind'], extra = {}): OutsideError {
  return new OutsideError(`it was ${kind}`, { system: 'test', request: 'GET /', kind, ...extra });
}

/** Throws what was planned for a method, after it took effect when the fault says `maybeDone`. */
function faultOf(world: World, method: string): OutsideError | undefined {
  const at = world.faults.findIndex(([name]) => name === method);
  return at < 0 ? undefined : world.faults.splice(at, 1)[0]?.[1];
}

async function call<T>(world: World, method: string, effect: () => T, state?: string): Promise<T> {
  const broken = world.rule?.(method, state);
  if (broken) throw broken;
  const fault = faultOf(world, method);
  if (fault && !fault.facts.maybeDone) throw fault;
  const result = effect();
  if (fault) throw fault;
  return result;
}

export function trackerOf(world: World): Tracker {
  function write(permit: Permit, name: string): Tile {
    const refused = permit.spend([permit.binding.kind], {});
    if (refused || !world.tile) throw outside('refused');
    world.writes.push(`${name} by ${permit.binding.kind}`);
    world.tile = { ...world.tile, rev: world.tile.rev + 1, changedBy: me };
    return world.tile;
  }
  const comment = (text: string, commentId: number): TileComment => {
    const posted = { commentId, version: 1, text, by: me, at: world.now, isDeleted: false };
    world.comments = [...world.comments, posted];
    return posted;
  };
  return {
    me: () => call(world, 'me', () => me),
    changedSince: async () => [],
    tagged: async (tag) =>
      [...world.children].filter(([, tags]) => tags.split('; ').includes(tag)).map(([workItemId]) => workItemId),
    summaries: async () => [],
    tiles: async () => [],
    tile: () => call(world, 'tile', () => world.tile),
    lastStateChange: () => call(world, 'lastStateChange', () => world.change),
    stateChange: (_, rev) => call(world, 'stateChange', () => (world.change?.rev === rev ? world.change : undefined)),
    pageOf: (workItemId) => `https://board.example/${workItemId}`,
    stateNames: async () => new Map(),
    projectsSeen: async () => [],
    isDone: async ({ state }) => state === 'Closed',
    unfinished: async (ids) => world.open.filter(({ workItemId }) => ids.includes(workItemId)),
    attachment: async ({ id }) => Buffer.from(`text of ${id}`),
    comments: () => call(world, 'comments', () => world.comments),
    move: (permit, _id, { rev, state, tags, fields }) =>
      call(
        world,
        'move',
        () => {
          if (rev !== world.tile?.rev) throw outside('conflict');
          const tile = write(permit, `move ${state ?? Object.keys(fields ?? {}).join()}`);
          world.tile = { ...tile, ...(state ? { state } : {}), ...(tags ? { tags } : {}) };
          const by = { by: me, shownAs: me, signedInAs: me };
          const other = world.change?.by.id === me.id ? world.change.otherRev : world.change?.rev;
          const otherRev = other === undefined ? {} : { otherRev: other };
          if (state) world.change = { rev: tile.rev, state, at: world.now, ...by, ...otherRev };
          return { rev: tile.rev };
        },
        state,
      ),
    addComment: (permit, _id, text) =>
      call(world, 'addComment', () => comment(text, 100 + write(permit, 'comment').rev)),
    editComment: (permit, _id, commentId, text) =>
      call(world, 'editComment', () => {
        write(permit, 'edit');
        world.comments = world.comments.filter((other) => other.commentId !== commentId);
        return comment(text, commentId);
      }),
    createChild: (permit, { type, tag }) =>
      call(world, 'createChild', () => {
        const workItemId = 1000 + write(permit, `child ${type}`).rev;
        world.children.set(workItemId, tag);
        return { workItemId };
      }),
    link: (permit, _id, _rev, url) => call(world, 'link', () => void write(permit, `link ${url}`)),
  };
}

export function sourceOf(world: World): Source {
  const isBefore = (one: string, two: string) =>
    world.line.includes(one) && world.line.includes(two) && world.line.indexOf(one) <= world.line.indexOf(two);
  return {
    contains: async (sha) => world.line.includes(sha),
    fetch: () => call(world, 'fetch', () => ({ targetSha: world.targetSha, heads: world.heads })),
    remoteHead: (branch) => call(world, 'remoteHead', () => world.heads.get(branch)),
    isAncestor: async (one, two) => isBefore(one, two),
    merge: async () => ({ tree: 'e'.repeat(40), conflicts: world.conflicts }),
    changedPaths: async (from, to) =>
      world.undone?.includes(from.replace(/\^1$/, '')) ? (world.undone.includes(to) ? ['a.js'] : []) : world.pathsMoved,
    exists: async () => true,
  };
}

export const openPullRequest: PullRequest = {
  number: 4,
  url: 'https://code.example/4',
  state: 'open',
  draft: true,
  branch: 'feature/acme-12',
  headSha: sha,
  base: 'main',
};

export const mergedPullRequest: PullRequest = {
  ...openPullRequest,
  state: 'merged',
  mergedSha: merged,
  mergedBy: 'eve',
};

export function codeHostOf(world: World): CodeHost {
  return {
    me: async () => 'acme-bot',
    find: async () => world.pullRequest,
    get: () => call(world, 'get', () => world.pullRequest ?? openPullRequest),
    notes: () => call(world, 'notes', () => world.notes),
    checks: () => call(world, 'checks', () => world.checks),
    open: (permit, draft) =>
      call(world, 'open', () => {
        if (permit.spend(['open-pr'], { branch: draft.branch, sha: draft.sha })) throw outside('refused');
        world.writes.push(`open ${draft.title}`);
        world.pullRequest = { ...openPullRequest, headSha: draft.sha, draft: draft.draft };
        return world.pullRequest;
      }),
  };
}

export function instanceOf(world: World): Instance {
  return {
    version: () => call(world, 'version', () => world.running),
    healthy: async () => world.healthy,
    deploy: (permit, { sha: commit, key, archive }) =>
      call(world, 'deploy', () => {
        if (permit.spend(['deploy'], { sha: commit })) throw outside('refused');
        world.writes.push(`deploy ${commit.slice(0, 4)}${archive ? ' as archive' : ''}`);
        if (!world.deployments.has(key)) world.deployments.set(key, commit);
        return { deploymentId: '9' };
      }),
    deployment: async () => (world.deployments.has('stuck') ? 'running' : world.healthy ? 'succeeded' : 'failed'),
    rollback: (permit, deploymentId) =>
      call(world, 'rollback', () => {
        if (permit.spend(['rollback'], {})) throw outside('refused');
        world.writes.push(`rollback ${deploymentId}`);
        world.running = { commit: base };
      }),
  };
}
