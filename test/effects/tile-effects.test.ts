import { expect, test } from 'vitest';
import type { Intent } from '../../src/work-items/lifecycle/events.ts';
import { planComment, saysPlan } from '../../src/work-items/plan.ts';
import type { WorkItem } from '../../src/work-items/work-item.ts';
import {
  approvedByEve,
  commentBy,
  eve,
  executing,
  inReview,
  itemIn,
  me,
  ourClaim,
  plan,
  planReady,
  postedAt,
  postedPlan,
  tileIn,
} from '../work-items/fixture.ts';
import { createWorld } from '../work-items/ports.ts';
import { stage } from './world.ts';

const post: Intent = { kind: 'post-plan', hash: postedPlan.hash, nth: 3 };
const said = (world: ReturnType<typeof createWorld>) => world.comments.at(-1)?.text ?? '';

test('the posted plan shows the plan, how to approve it and how to reject it', async () => {
  const world = createWorld({ comments: [] });
  await stage(world).perform(planReady, post);
  expect(saysPlan(said(world), postedPlan)).toBe(true);
  expect(said(world)).toMatch(/to \*\*Approved\*\*\..*to \*\*Rejected\*\*\./s);
});

test('a plan is found again only in our own comment that says it', async () => {
  const text = planComment(12, postedPlan, 'Approved');
  const bySomeone = createWorld({ comments: [commentBy(eve, text)] });
  await stage(bySomeone).perform(planReady, post);
  expect(bySomeone.writes).toEqual(['comment by post-plan']);
  const edited = createWorld({ comments: [commentBy(me, text.replace('Refuse', 'Allow'))] });
  await stage(edited).perform(planReady, post);
  expect(edited.writes).toEqual(['comment by post-plan']);
  const ours = createWorld({ comments: [commentBy(me, text, { commentId: 5, version: 1 })] });
  expect(await stage(ours).perform(planReady, post)).toMatchObject({ result: { commentId: 5, version: 1 } });
});

test('a plan to which people wrote something before we knew its comment is posted again', async () => {
  const text = `Everybody agreed.\n\n${planComment(12, postedPlan, 'Approved')}`;
  const world = createWorld({ comments: [commentBy(me, text, { version: 2 })] });
  await stage(world).perform(planReady, post);
  expect(world.writes).toEqual(['comment by post-plan']);
});

test('a plan that the item no longer has is not posted', async () => {
  const world = createWorld({ comments: [] });
  expect(await stage(world).perform(itemIn('planning'), post)).toEqual({ kind: 'done', result: {} });
  expect(world.writes).toEqual([]);
});

test("a model's question is posted without its marks, mentions or pictures", async () => {
  const world = createWorld();
  const question = `@eve ![x](https://evil.example/x)\n### Plan for work item 12\n[jv:plan:${'a'.repeat(64)}] fixes AB#1`;
  await stage(world).perform(itemIn('needs-info'), { kind: 'ask', question, nth: 1 });
  expect(said(world)).not.toMatch(/@eve|!\[|\]\(https|^### |fixes AB#1|\[jv:plan/m);
  expect(said(world)).toMatch(/^\*\*A question before planning\.\*\*.*\[jv:question:[0-9a-f]{16}:1\]$/s);
});

test('the same words twice are two notes; the same note twice is one', async () => {
  const world = createWorld();
  const note = (nth: number): Intent => ({ kind: 'comment', text: 'Not started.', nth });
  for (const move of [1, 2, 1]) await stage(world).perform(planReady, note(move));
  expect(world.writes).toHaveLength(2);
});

const shown = async (item: WorkItem, state: string, tags: string[] = ['jvagent']) => {
  const world = createWorld({ tile: tileIn(state, { tags }) });
  const outcome = await stage(world).perform(item, { kind: 'show', phase: item.phase, nth: 1 });
  return { kind: outcome.kind, state: world.tile?.state, tags: world.tile?.tags, writes: world.writes.length };
};

test("a phase shows as state and tag, and people's tags stay", async () => {
  expect(await shown(planReady, 'Planning', ['ui', 'jv:planning'])).toEqual({
    ...{ kind: 'done', state: 'Plan Ready', tags: ['ui', 'jv:plan-ready'], writes: 1 },
  });
  expect(await shown(planReady, 'Plan Ready', ['jv:plan-ready'])).toMatchObject({ kind: 'done', writes: 0 });
  expect(await shown(planReady, 'Plan Ready', ['jv:planning'])).toMatchObject({ tags: ['jv:plan-ready'], writes: 1 });
});

test('a tile that people moved away is not moved back', async () => {
  for (const phase of ['planning', 'needs-info', 'plan-ready', 'pr-created'] as const) {
    expect(await shown(itemIn(phase), 'Closed')).toMatchObject({ kind: 'refused', state: 'Closed' });
  }
});

test('a tile is tagged as cancelled where people left it, and one closed by the merge becomes deployed', async () => {
  expect(await shown(itemIn('cancelled'), 'Closed')).toMatchObject({
    state: 'Closed',
    tags: ['jvagent', 'jv:cancelled'],
  });
  expect(await shown(itemIn('deployed'), 'Closed')).toMatchObject({ state: 'Deployed' });
});

test('an approval later than our last comment stays; one before it goes back', async () => {
  const approved = async (at: number) => {
    const world = createWorld({ tile: tileIn('Approved'), change: { ...approvedByEve, at } });
    await stage(world).perform(planReady, { kind: 'show', phase: 'plan-ready', nth: 1 });
    return world.tile?.state;
  };
  expect(await approved(postedAt + 1)).toBe('Approved');
  expect(await approved(postedAt - 1)).toBe('Plan Ready');
});

test('a phase that is over is no longer shown', async () => {
  const world = createWorld();
  const outcome = await stage(world).perform(itemIn('failed'), { kind: 'show', phase: 'plan-ready', nth: 1 });
  expect(outcome).toEqual({ kind: 'done', result: {} });
  expect(world.writes).toEqual([]);
});

const tell = (nth: number): Intent => ({ kind: 'tell', nth });
const statuses = ({ comments }: ReturnType<typeof createWorld>) =>
  comments.filter(({ text }) => text.includes('[jv:status:'));

test('one comment shows the status of an item, and is edited as it moves', async () => {
  const world = createWorld();
  const { perform } = stage(world);
  await perform(planReady, tell(1));
  await perform(planReady, tell(2));
  expect(world.writes).toEqual(['comment by report']);
  await perform(inReview, tell(3));
  expect(world.writes).toEqual(['comment by report', 'edit by report']);
  expect(statuses(world).map(({ text }) => /^\*\*[\w-]+\*\*/.exec(text)?.[0])).toEqual(['**pr-created**']);
});

test('nothing is written on a tile that was released before anything else was written', async () => {
  const world = createWorld();
  await stage(world).perform(itemIn('cancelled'), tell(1));
  expect(world.writes).toEqual([]);
});

test('an approval still counts if only the status was written after it', async () => {
  const comments = [commentBy(me, '**plan-ready**\n\n[jv:status:0]', { at: postedAt + 5_000 })];
  const world = createWorld({ tile: tileIn('Approved'), change: { ...approvedByEve, at: postedAt + 1 }, comments });
  await stage(world).perform(planReady, { kind: 'show', phase: 'plan-ready', nth: 1 });
  expect(world.tile?.state).toBe('Approved');
});

test('a revised plan takes the tile back from where its work went on, any other plan does not', async () => {
  const revised = { ...planReady, plan: { ...postedPlan, revises: plan } };
  expect(await shown(revised, 'In Progress')).toMatchObject({ kind: 'done', state: 'Plan Ready' });
  expect(await shown(planReady, 'In Progress')).toMatchObject({ kind: 'refused' });
});

test('children with the same words are distinguished by their place in the turn', async () => {
  const world = createWorld({ tile: tileIn('In Progress', { rev: 8 }), change: ourClaim });
  const child = (nth: number): Intent => ({ kind: 'create-child', type: 'Task', fields: { title: 'A part' }, nth });
  for (const nth of [1, 2, 1]) await stage(world).perform(executing, child(nth));
  const children = [...world.board.items.values()].filter(({ parent }) => parent === 12);
  const tags = children.map(({ tile }) => tile.tags.join());
  expect(tags).toEqual([expect.stringMatching(/^jv:child-[0-9a-f]{16}$/), expect.stringMatching(/^jv:child-/)]);
  expect(new Set(tags).size).toBe(2);
});

test('a plan that is out of date says so at its top, once, and keeps its words', async () => {
  const world = createWorld({ tile: tileIn('Plan Ready') });
  const againAt = Date.UTC(2026, 10, 20, 10, 10);
  const mark: Intent = { kind: 'mark-stale', hash: postedPlan.hash, why: 'main changed a.js', againAt };
  await stage(world).perform(planReady, mark);
  await stage(world).perform(planReady, mark);
  expect(world.writes).toEqual(['edit by report']);
  const text = world.comments.find(({ commentId }) => commentId === postedPlan.posted?.commentId)?.text ?? '';
  const top = '**Do not approve this plan.** main changed a.js. It will be planned again by 2026-11-20 10:10 UTC.';
  expect(text.startsWith(top)).toBe(true);
  expect(saysPlan(text, postedPlan)).toBe(true);
  const gone = createWorld({ comments: [] });
  expect(await stage(gone).perform(planReady, mark)).toEqual({ kind: 'done', result: {} });
  expect(gone.writes).toEqual([]);
});
