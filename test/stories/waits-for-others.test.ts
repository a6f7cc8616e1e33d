import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectOf } from '../../emulators/tenants.ts';
import { boardOf } from './board.ts';
import { beats, said } from './look.ts';
import { jvagent } from './operator.ts';
import { approved, delivered, planned, pullRequestOf } from './road.ts';
import { fix, startWorld, type World } from './world.ts';

const remindAfterHours = 10 / 3_600;

let world: World;
beforeAll(async () => {
  world = await startWorld({ agents: [{ tenant: 'acme', config: { approval: { remindAfterHours } } }] });
});
afterAll(() => world.close());

/** A new work item that people linked to the one before it. */
async function filedAfter(before: number): Promise<number> {
  const { urls, tenants } = world.emulators;
  const project = `${urls.azureDevOps}/acme/${encodeURIComponent(projectOf('acme'))}`;
  const value = { rel: 'System.LinkTypes.Dependency-Reverse', url: `${project}/_apis/wit/workItems/${before}` };
  const authorization = `Basic ${Buffer.from(`:${tenants.acme.secrets.pats.engineer}`).toString('base64')}`;
  const answer = await fetch(`${project}/_apis/wit/workItems/$Bug?api-version=7.1`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json-patch+json' },
    body: JSON.stringify([
      { op: 'add', path: '/fields/System.Title', value: fix.workItem.title },
      { op: 'add', path: '/relations/-', value },
    ]),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return ((await answer.json()) as { id: number }).id;
}

test('an item with the same files waits for the review, and a linked one waits for the end', async () => {
  const first = await delivered(world, 'The first of three');
  const linked = await filedAfter(first);
  const second = await approved(world, 'The second, of the same file');
  await said(world, second, `OVERLAP: work item ${first}, which is in review, changes jsonpointer.js too`);
  await world.eventually('BLOCKED', async () => (await world.session(linked))?.waits?.refused === 'BLOCKED');
  expect((await world.session(linked))?.waits?.why).toContain(`${first} ("PR Created")`);
  await beats(world);
  expect([await world.engineer().state(second), await world.engineer().state(linked)]).toEqual(['Approved', 'New']);

  await world.engineer().merge(await pullRequestOf(world, first));
  await world.until(first, 'deployed');
  await world.until(linked, 'plan-ready');
  await said(world, second, 'Do not approve this plan');
  // It would be planned again in ten minutes.
  await jvagent(world, 'retry', 'codechange/acme', String(second));
  await said(world, second, 'Planning again');
  await world.until(second, 'plan-ready');
  expect(await boardOf(world).states(second)).not.toContain('In Progress');
});

test('people are reminded of a plan that waits, by a comment that names nobody', async () => {
  const id = await planned(world, 'A plan that nobody reads');
  await said(world, id, 'The plan has been waiting for a decision');
  const comments = await world.comments(id);
  const reminders = comments.filter(({ text }) => text.includes('The plan has been waiting for a decision'));
  expect(reminders).not.toEqual([]);
  expect(reminders.map(({ text }) => text.replaceAll(/`[^`]*`/g, '')).join()).not.toContain('@');
  expect(comments.filter(({ text }) => text.includes('[jv:status:'))).toHaveLength(1);
  expect((await world.session(id))?.item?.phase).toBe('plan-ready');
});
