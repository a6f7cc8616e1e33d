import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startAzureReposWorld } from './azure-repos-world.ts';
import type { CodeHostWorld } from './code-host.ts';
import { startGitHubWorld } from './github-world.ts';

const pullsMax = 60;
const minutes = 60;

/** Looks at one open pull request that nobody changes, each time as a new process would; the counted calls of each look. */
async function costOfLooks(world: CodeHostWorld, folder: string) {
  await world.push('agent/70-open');
  const number = await world.byHand.open('agent/70-open');
  await world.byHand.comment(number, 'engineer', 'looks good');
  await world.byHand.check(number, 'build', 'passed', 'all well');
  const heard = new Set<string>();
  const costs: number[] = [];
  const seen: unknown[] = [];
  for (let look = 0; look < 4; look += 1) {
    const before = world.faults.requests().length;
    const host = world.as('agent', folder);
    const pull = await host.get(number);
    const [me, notes, checks] = await Promise.all([host.me(), host.notes(number, heard), host.checks(pull)]);
    const asked = world.faults.requests().slice(before);
    costs.push(asked.filter(({ status }) => status !== 304).length);
    seen.push({ pull, me, checks });
    for (const { id } of notes) heard.add(id);
  }
  return { costs, seen, number };
}

test('sixty unchanged pull requests looked at every minute stay below 4,500 counted calls an hour at GitHub', async () => {
  const world = await startGitHubWorld();
  const folder = mkdtempSync(join(tmpdir(), 'jvagent-answers-'));
  const { costs, seen, number } = await costOfLooks(world, folder);
  const [first = Number.NaN, ...later] = costs;
  expect(later).toEqual([0, 0, 0]);
  expect(pullsMax * (first + (minutes - 1) * Math.max(...later))).toBeLessThan(4_500);
  expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1);
  await world.byHand.check(number, 'build', 'failed', '3 tests failed');
  const host = world.as('agent', folder);
  expect((await host.checks(await host.get(number))).map(({ state }) => state)).toEqual(['failed']);
  expect(readdirSync(folder).length).toBeLessThan(12);
  rmSync(folder, { recursive: true });
  await world.close();
});

test('a look at an unchanged pull request of Azure Repos asks for nothing twice', async () => {
  const world = await startAzureReposWorld();
  const { costs } = await costOfLooks(world, '');
  // The pull request, who we are, threads, statuses, policies, pushes; reviewers only for what is new.
  expect(costs).toEqual([7, 6, 6, 6]);
  await world.close();
});
