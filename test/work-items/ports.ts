/** The outside world of one work item, in memory: a board with its tile, a branch, a pull request, an instance. */
import { OutsideError } from '../../src/base/errors.ts';
import type { Check, CodeHost, LookPause, PullRequest, ReviewNote } from '../../src/work-items/code-host.ts';
import type { Permit } from '../../src/work-items/gate/permit.ts';
import type { DeploymentState, Instance } from '../../src/work-items/instance.ts';
import type { Source } from '../../src/work-items/source.ts';
import type { StateChange, Tile, TileComment, Tracker } from '../../src/work-items/tracker.ts';
import { createMemoryBoard } from '../memory-tracker.ts';
import { approvedByEve, base, mapping, me, merged, planNote, postedAt, sha, tileIn } from './fixture.ts';

export interface World {
  /** Where people do what they do by hand; the work item is the 12th. */
  board: ReturnType<typeof createMemoryBoard>;
  /** What the board shows of the work item now; given to a new world, what it shows first. */
  readonly tile: Tile | undefined;
  readonly change: StateChange | undefined;
  readonly comments: readonly TileComment[];
  /** Other work items that are not over. */
  open: { workItemId: number; state: string }[];
  pullRequest: PullRequest | undefined;
  /** Why looks at the pull request wait. */
  lookPause?: LookPause;
  /** Of the code host's token. */
  tokenExpiresAt?: number | null;
  labels: string[];
  reviewers: string[];
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
  /** What the instance says of each deployment. */
  deploymentIs: DeploymentState;
  deployments: Map<string, string>;
  /** What was written, in order. */
  writes: string[];
  /** Thrown by every call that a rule of the outside refuses: the method, and the state that a tile was to have. */
  rule?: (method: string, state?: string) => OutsideError | undefined;
  /** Thrown by the next calls of the named methods, one each. */
  faults: [string, OutsideError][];
  now: number;
}

const states = [...Object.values(mapping), 'Closed'];

/** The change, and before it the one of somebody else that it names. */
function historyOf(change: StateChange | undefined): StateChange[] {
  if (!change) return [];
  const { otherRev, ...last } = change;
  return otherRev === undefined ? [last] : [{ ...approvedByEve, rev: otherRev }, last];
}

export function createWorld(extra: Partial<World> = {}): World {
  const { tile = 'tile' in extra ? undefined : tileIn('Planning'), change, comments = [planNote], ...more } = extra;
  const types = { Bug: states, Task: states };
  const board = createMemoryBoard({ tenant: 'acme/Shop', types, done: ['Closed'], now: () => world.now });
  const world: World = {
    open: [],
    pullRequest: undefined,
    labels: [],
    reviewers: [],
    notes: [],
    checks: [],
    line: [base, sha, merged],
    targetSha: base,
    pathsMoved: [],
    conflicts: [],
    heads: new Map(),
    running: { commit: base },
    healthy: true,
    deploymentIs: 'succeeded',
    deployments: new Map(),
    writes: [],
    faults: [],
    now: postedAt + 120_000,
    ...more,
    board,
    get tile() {
      return board.items.get(12)?.tile;
    },
    get change() {
      return board.items.get(12)?.changes.at(-1);
    },
    get comments() {
      return board.items.get(12)?.comments ?? [];
    },
  };
  if (tile) board.put(tile, { changes: historyOf(change), comments: [...comments] });
  for (const { workItemId, state } of world.open) board.put(tileIn(state, { workItemId }));
  return world;
}

export function outside(kind: OutsideError['facts']['kind'], extra = {}): OutsideError {
  return new OutsideError(`it was ${kind}`, { system: 'test', request: 'GET /', kind, ...extra });
}

/** Throws what was planned for a method, after it took effect when the fault says `maybeDone`. */
function faultOf(world: World, method: string): OutsideError | undefined {
  const at = world.faults.findIndex(([name]) => name === method);
  return at < 0 ? undefined : world.faults.splice(at, 1)[0]?.[1];
}

async function call<T>(world: World, method: string, effect: () => T | Promise<T>, state?: string): Promise<T> {
  const broken = world.rule?.(method, state);
  if (broken) throw broken;
  const fault = faultOf(world, method);
  if (fault && !fault.facts.maybeDone) throw fault;
  const result = await effect();
  if (fault) throw fault;
  return result;
}

/** The board as the agent's token sees it, with the trouble that the test plans. */
export function trackerOf(world: World): Tracker {
  const board = world.board.as(me);
  async function write<T>(permit: Permit, name: string, effect: () => Promise<T>): Promise<T> {
    const result = await effect();
    world.writes.push(`${name} by ${permit.binding.kind}`);
    return result;
  }
  return {
    ...board,
    me: () => call(world, 'me', board.me),
    tile: (id) => call(world, 'tile', () => board.tile(id)),
    lastStateChange: (id) => call(world, 'lastStateChange', () => board.lastStateChange(id)),
    comments: (id) => call(world, 'comments', () => board.comments(id)),
    move(permit, id, move) {
      const { state, fields = {} } = move;
      const name = `move ${state ?? Object.keys(fields).join()}`;
      return call(world, 'move', () => write(permit, name, () => board.move(permit, id, move)), state);
    },
    addComment: (permit, ...given) =>
      call(world, 'addComment', () => write(permit, 'comment', () => board.addComment(permit, ...given))),
    editComment: (permit, ...given) =>
      call(world, 'editComment', () => write(permit, 'edit', () => board.editComment(permit, ...given))),
    createChild: (permit, draft) =>
      call(world, 'createChild', () => write(permit, `child ${draft.type}`, () => board.createChild(permit, draft))),
    link: (permit, id, rev, url, comment) =>
      call(world, 'link', () => write(permit, `link ${url}`, () => board.link(permit, id, rev, url, comment))),
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
  openedBy: 'acme-bot',
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
    lookPause: () => world.lookPause,
    tokenExpiresAt: () => world.tokenExpiresAt,
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
    hasLabel: async (_, label) => world.labels.includes(label),
    addLabel: (permit, pullRequest, label) =>
      call(world, 'addLabel', () => {
        if (permit.spend(['label-pr'], { pullRequest })) throw outside('refused');
        world.writes.push(`label ${label}`);
        world.labels.push(label);
      }),
    isReviewer: async (_, reviewer) => world.reviewers.includes(reviewer),
    addReviewer: (permit, pullRequest, reviewer) =>
      call(world, 'addReviewer', () => {
        if (permit.spend(['ask-review'], { pullRequest })) throw outside('refused');
        world.writes.push(`ask ${reviewer}`);
        world.reviewers.push(reviewer);
      }),
  };
}

export function instanceOf(world: World): Instance {
  return {
    version: () => call(world, 'version', () => world.running),
    healthy: () => call(world, 'healthy', () => world.healthy),
    deploy: (permit, { sha: commit, key, archive }) =>
      call(world, 'deploy', () => {
        if (permit.spend(['deploy'], { sha: commit })) throw outside('refused');
        world.writes.push(`deploy ${commit.slice(0, 4)}${archive ? ' as archive' : ''}`);
        if (!world.deployments.has(key)) world.deployments.set(key, commit);
        return { deploymentId: '9' };
      }),
    deployment: () => call(world, 'deployment', () => world.deploymentIs),
    rollback: (permit, deploymentId) =>
      call(world, 'rollback', () => {
        if (permit.spend(['rollback'], {})) throw outside('refused');
        world.writes.push(`rollback ${deploymentId}`);
        world.running = { commit: base };
      }),
  };
}
