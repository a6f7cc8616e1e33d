import type { ChildProcess } from 'node:child_process';
import { channel } from 'node:diagnostics_channel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { customerOf, type TenantName, tenantNames } from '../../emulators/tenants.ts';
import { requestsOf, startBeside } from './beside.ts';
import { modelRequests } from './look.ts';
import { filed } from './road.ts';
import { after, planning, scriptOf, submitPlan } from './scripts.ts';
import type { World } from './world.ts';

const slow = 'An item whose plan takes its time';

let world: World;
let workers: Map<string, ChildProcess[]>;
let unwatch: () => void;
beforeAll(async () => {
  ({ workers, unwatch } = watchWorkers());
  world = await startBeside({ script: scriptOf(planning(slow, [after(2_000, submitPlan())])) });
});
afterAll(async () => {
  unwatch();
  await world.close();
});

test('two items go to Deployed side by side, and no place of one tenant sees a credential of the other', async () => {
  const { emulators } = world;
  const journey = async (tenant: TenantName) => {
    const id = await world.fileBug(tenant);
    await world.until(id, 'plan-ready', tenant);
    await world.engineer(tenant).move(id, 'Approved');
    const { item } = await world.until(id, 'pr-created', tenant);
    await world.engineer(tenant).merge(item?.review?.number ?? 0);
    return world.until(id, 'deployed', tenant);
  };
  const ended = await Promise.all(tenantNames.map(journey));
  ended.forEach(({ item }, at) => {
    const tenant = tenantNames[at] ?? 'acme';
    expect(emulators.tenants[tenant].instance.version()).toBe(item?.deployment?.mergedSha);
    expect(world.branches(tenant)).toEqual([`customer/${tenant}`, item?.change?.branch, 'main']);
    expect(item?.change?.branch).toContain(`feature/${tenant}-`);
  });
  for (const tenant of tenantNames) {
    const requests = requestsOf(world, tenant);
    const targets = new Set(requests.map(({ target }) => target));
    expect([...targets].sort()).toEqual(['azureDevOps', 'git', 'github', 'instance']);
    // Nobody's places at GitHub tell who a token is, and what it may reach.
    const placed = requests.filter(({ target, path }) => target !== 'github' || !/^\/user(\/repos)?(\?|$)/.test(path));
    expect(new Set(placed.map((request) => request.tenant))).toEqual(new Set([tenant]));
    const { secrets } = emulators.tenants[tenant];
    const others = JSON.stringify(emulators.faults.requests().filter((request) => request.tenant !== tenant));
    for (const value of [secrets.pats.agent, secrets.gitTokens.agent, secrets.instanceToken]) {
      expect(others).not.toContain(value);
    }
  }
});

/** The workers that are started from now on, by the identity that each of them tells as its own agent's. */
function watchWorkers() {
  const workers = new Map<string, ChildProcess[]>();
  const onStarted = (event: unknown) => {
    const { process: child } = event as { process: ChildProcess };
    child.on('message', ({ result }: { result?: { identities?: string[] } }) => {
      for (const identity of result?.identities ?? []) {
        workers.set(identity, [...(workers.get(identity) ?? []), child]);
      }
    });
  };
  // Published by Node for each process that this one starts.
  channel('child_process').subscribe(onStarted);
  return { workers, unwatch: () => void channel('child_process').unsubscribe(onStarted) };
}

test('a worker killed in its turn does not affect the other tenant, and its own work continues', async () => {
  const { azureDevOps } = world.emulators;
  const workersOf = (tenant: TenantName) => {
    const agent = azureDevOps.tenant(tenant).people.find(({ role }) => role === 'agent');
    return workers.get(agent?.id ?? '') ?? [];
  };
  const [acmeItem, globexItem] = [await filed(world, slow), await filed(world, slow, 'globex')];
  const asked = (tenant: TenantName) =>
    modelRequests(world).some((text) => text.includes(slow) && text.includes(customerOf(tenant)));
  await world.eventually('two turns of the model', () => tenantNames.every(asked));

  // The oldest that lives has the turn: one whose agent's files changed ends after its turns.
  const killed = workersOf('acme').find(({ exitCode }) => exitCode === null);
  expect(killed?.kill('SIGKILL')).toBe(true);
  await world.until(globexItem, 'plan-ready', 'globex');
  await world.until(acmeItem, 'plan-ready', 'acme');

  expect(killed?.signalCode).toBe('SIGKILL');
  const [pids, globexPids] = [workersOf('acme'), workersOf('globex')].map((all) => all.map(({ pid }) => pid));
  expect(pids?.at(-1)).not.toBe(killed?.pid);
  expect(globexPids?.filter((pid) => pids?.includes(pid))).toEqual([]);
  expect(workersOf('globex').map(({ signalCode }) => signalCode)).not.toContain('SIGKILL');
  expect(await world.log(acmeItem, 'acme')).toContain('broke');
  expect(await world.log(globexItem, 'globex')).not.toContain('broke');
});
