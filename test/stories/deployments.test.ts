import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployingIn } from './deploying.ts';
import { explained } from './operator.ts';
import { delivered } from './road.ts';
import { adding, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const title = 'An item that is merged';
const script = scriptOf(...adding('docs/merged.md', title));
const configOf = (deploy: Record<string, unknown>) => ({ git: { testCommand: 'test -d docs' }, instance: { deploy } });

let world: World;

describe('an instance that is not deployed to now, or not by us', () => {
  beforeAll(async () => {
    world = await startWorld({
      script,
      agents: [
        { tenant: 'acme', config: configOf({ freeze: ['Mon 00:00-Mon 00:00 UTC'] }) },
        { tenant: 'globex', config: configOf({ mode: 'observe' }) },
      ],
    });
  });
  afterAll(() => world.close());

  test('a freeze keeps the merge from the instance, and the item sleeps until it is over', async () => {
    const deploying = deployingIn(world);
    const id = await delivered(world, title);
    await deploying.merge(id);
    const { why } = await explained(world, id, 'FREEZE');
    const until = Date.parse(/until (\S+)$/.exec(why)?.[1] ?? '');
    expect(until).toBeGreaterThan(Date.now());
    // A look at the board may wake it before; by itself it sleeps until then.
    await world.eventually('a long sleep', async () => ((await world.session(id))?.wakeAt ?? 0) >= until);
    expect(deploying.given()).toEqual([]);
  });

  test("where the customer's own pipeline deploys, nothing is sent, and the item ends when the instance reports the merge", async () => {
    const deploying = deployingIn(world, 'globex');
    const id = await delivered(world, title, 'globex');
    const sha = await deploying.merge(id);
    expect(await explained(world, id, 'OUTSIDE_LIMITED', 'globex')).toMatchObject({ phase: 'deploying' });
    expect(deploying.given()).toEqual([]);
    await deploying.byHand(sha);
    const { item } = await world.until(id, 'deployed', 'globex');
    expect(item?.deployment?.deployedSha).toBe(sha);
    expect(await world.engineer('globex').state(id)).toBe('Deployed');
  });
});

describe('an instance that we do not manage', () => {
  beforeAll(async () => {
    world = await startWorld({ script, agents: [{ tenant: 'acme', config: configOf({ mode: 'off' }) }] });
  });
  afterAll(() => world.close());

  test('if nothing is deployed, the item ends at its merge and its tile stays', async () => {
    const deploying = deployingIn(world);
    const id = await delivered(world, title);
    const sha = await deploying.merge(id);
    const { item, closedAt } = await world.until(id, 'deployed');
    expect(item).toMatchObject({ deployment: { mergedSha: sha } });
    expect([item?.deployment?.deployedSha, closedAt === undefined]).toEqual([undefined, false]);
    expect(await world.engineer().state(id)).toBe('PR Created');
    expect((await world.comments(id)).at(-1)?.text).toContain('This agent deploys nothing');
    expect(deploying.given()).toEqual([]);
  });
});

describe('an instance that needs a moment to start', () => {
  beforeAll(async () => {
    world = await startWorld({ script, agents: [{ tenant: 'acme', config: configOf({}) }] });
  });
  afterAll(() => world.close());

  test('a version that is unhealthy at first, and an old version from a cache, are waited for and not rolled back', async () => {
    const deploying = deployingIn(world);
    const id = await delivered(world, title);
    const commit = world.emulators.tenants.acme.instance.version();
    const seen = (path: string, status: number, body: object) =>
      world.fault({
        target: 'instance',
        tenant: 'acme',
        match: { method: 'GET', path },
        times: 1,
        do: { status, body },
      });
    const sha = await deploying.merge(id);
    await world.eventually('the deployment', () => deploying.given().length > 0);
    seen('^/health', 503, { status: 'starting' });
    seen('^/version', 200, { commit, name: 'acme-test' });
    const { item } = await world.until(id, 'deployed');
    expect(item?.deployment?.deployedSha).toBe(sha);
    expect(deploying.given()).toEqual([sha]);
    expect((await world.comments(id)).map(({ text }) => text).join()).not.toContain('rolled back');
  });
});
