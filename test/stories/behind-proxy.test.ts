import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proxyPassword } from '../outbound/company.ts';
import { startWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({ isBehindProxy: true });
});
afterAll(() => world.close());

test('a work item goes from New to Deployed where an intercepting proxy is the only way out, and its password stays hidden', async () => {
  const engineer = world.engineer();
  const id = await world.fileBug();
  await world.until(id, 'plan-ready');
  await engineer.move(id, 'Approved');
  const { item } = await world.until(id, 'pr-created');
  await engineer.merge(item?.review?.number ?? 0);
  const deployed = await world.until(id, 'deployed');
  expect(await engineer.state(id)).toBe('Deployed');
  expect(world.emulators.tenants.acme.instance.version()).toBe(deployed.item?.deployment?.mergedSha);

  const names = ['boards', 'code', 'model', 'product'];
  expect([...new Set(world.company?.proxy.asked)].sort()).toEqual(names.map((name) => `${name}.example:443`));
  expect(await world.log(id)).not.toContain(proxyPassword);
  const state = join(world.root, '.jvagent');
  const files = readdirSync(state, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const leaks = files.filter((entry) => readFileSync(join(entry.parentPath, entry.name)).includes(proxyPassword));
  expect(leaks.map(({ name }) => name)).toEqual([]);
});
