import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelRequests, pushes, said } from './look.ts';
import { approved, pullRequestOf } from './road.ts';
import { call, commit, edit, executing, openPullRequest, say, scriptOf } from './scripts.ts';
import { startWorld, testCommand, type World } from './world.ts';

const sameTurn = 'An item repaired at once';
const nextTurn = 'An item repaired in the next turn';
const never = 'An item that nobody can repair';
const failure = 'set reached Object.prototype';

const halfHearted = [call('Bash', { command: 'echo "// looked at" >> jsonpointer.js' }), commit, openPullRequest];
const boast = say('Believe me, it works now.');

let world: World;
beforeAll(async () => {
  world = await startWorld({
    agents: [{ tenant: 'acme', config: { limits: { repairsMax: 1 } } }],
    script: scriptOf(
      executing(`${nextTurn}.*The host ran`, [...edit, commit, openPullRequest, boast]),
      executing(never, [...halfHearted, boast]),
      executing(nextTurn, [...halfHearted, boast]),
      executing(sameTurn, [...halfHearted, ...edit, commit, openPullRequest, boast]),
    ),
  });
});
afterAll(() => world.close());

/** The text of the work item's pull request, as the code host keeps it. */
async function pullRequestText(id: number): Promise<string> {
  const { secrets, repository } = world.emulators.tenants.acme;
  const url = `${world.emulators.urls.github}/repos/${repository}/pulls/${await pullRequestOf(world, id)}`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${secrets.gitTokens.engineer}` } });
  return ((await answer.json()) as { body: string }).body;
}

async function expectRepaired(id: number): Promise<void> {
  const { item } = await world.until(id, 'pr-created');
  expect(item?.change?.commit?.tests?.passed).toBe(true);
  const text = await pullRequestText(id);
  expect(text).toContain(`run by the platform on commit ${item?.change?.commit?.sha.slice(0, 12)}`);
  expect(text).toContain(`\`${testCommand}\` passed`);
  expect(text).not.toContain('Believe me');
}

test('tests that fail on the host are shown to the model, which repairs them in the same turn', async () => {
  const id = await approved(world, sameTurn);
  await expectRepaired(id);
  expect(await world.log(id)).toContain(failure);
  expect(pushes(world)).toBe(1);
});

test('a turn that ends with failing tests is followed by one that is told what failed', async () => {
  const id = await approved(world, nextTurn);
  await expectRepaired(id);
  const told = modelRequests(world).filter((body) => body.includes(nextTurn) && body.includes('The host ran'));
  expect(told.at(0)).toContain(failure);
});

test('tests that keep failing end the work item with their output on the tile, and nothing is pushed', async () => {
  const pushed = pushes(world);
  const id = await approved(world, never);
  const { item } = await world.until(id, 'failed');
  expect(item?.refusal?.refused).toBe('ATTEMPTS');
  await said(world, id, failure);
  expect(await world.engineer().state(id)).toBe('Failed');
  expect(pushes(world)).toBe(pushed);
});
