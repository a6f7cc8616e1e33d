import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { demoSource, scriptFor } from '../../emulators/demo-repository/model-script.ts';
import { canary, type PackageRegistry, startPackageRegistry } from '../sandbox/package-registry.ts';
import { modelRequests } from './look.ts';
import { fix, startWorld, type World } from './world.ts';

let world: World;
let packages: PackageRegistry;
let source: string;

/** The demo repository, which needs a package of a private registry since today. */
beforeEach(async () => {
  packages = await startPackageRegistry();
  source = mkdtempSync(join(tmpdir(), 'story-source-'));
  cpSync(demoSource, source, { recursive: true });
  const needs = packages.project();
  const own = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as object;
  const test = { scripts: { test: `node -p 'require("tiny")' && node test.js` } };
  const whole = { ...own, ...(JSON.parse(needs['package.json'] ?? '') as object), ...test };
  writeFileSync(join(source, 'package.json'), JSON.stringify(whole, null, 2));
  writeFileSync(join(source, 'package-lock.json'), needs['package-lock.json'] ?? '');
  writeFileSync(join(source, '.gitignore'), 'node_modules/\n');
});

afterEach(async () => {
  await world.close();
  await packages.close();
  rmSync(source, { recursive: true });
});

test('a set-up that fails waits for people, and then dependencies come once, for the engine and for the tests of its commit', async () => {
  const config = {
    git: { setupCommand: 'npm ci' },
    sandbox: { registries: [{ host: packages.host, tokenSecret: 'PACKAGES_TOKEN' }] },
  };
  world = await startWorld({
    source,
    script: scriptFor(fix, 'npm test; env; curl -sS $HTTP_PROXY || echo no way out'),
    agents: [{ tenant: 'acme', config }],
    prepare: ({ root }) => appendFileSync(join(root, 'codechange/acme/secrets.env'), 'PACKAGES_TOKEN=outlived-5f1d\n'),
  });
  const id = await world.fileBug();
  await world.until(id, 'plan-ready');
  await world.engineer().move(id, 'Approved');
  await world.eventually('a wait for the set-up', async () => (await world.session(id))?.waits?.refused === 'SETUP');
  expect((await world.session(id))?.waits?.why).toMatch(/^git\.setupCommand \(npm ci\) failed.*401/s);
  const asked = modelRequests(world);
  expect(asked.some((text) => text.includes('was approved. Carry it out'))).toBe(false);
  expect(packages.requests.splice(0)).not.toEqual([]);

  const secrets = join(world.root, 'codechange/acme/secrets.env');
  writeFileSync(secrets, readFileSync(secrets, 'utf8').replace('outlived-5f1d', canary));
  // A file that changed is seen within seconds; a person who fixes it does not wait for the next try.
  const again = () => world.supervisor.store.sessions.wake({ agentId: 'codechange/acme', sessionId: `wi-${id}` });
  await world.eventually('a set-up', async () => packages.requests.length > 0 || again().then(() => false));
  const { item } = await world.until(id, 'pr-created');

  expect(item?.change?.commit?.tests).toMatchObject({ passed: true, output: expect.stringContaining('42') });
  const log = await world.log(id);
  expect(log).toMatch(/tool-result.*42\\n.*no way out/);
  const withToken = packages.requests.filter(({ authorization }) => authorization === `Bearer ${canary}`);
  expect(withToken).toMatchObject([{ method: 'GET', path: '/tiny/-/tiny-1.0.0.tgz' }]);
  expect(item?.change?.commit?.summary).toMatch(/^jsonpointer\.js \(\+\d+ -\d+\)$/);

  const shown = world.emulators.faults.requests().map(({ bodyText }) => bodyText);
  expect([log, ...shown].join('\n')).not.toContain(canary);
  const places = ['-rls', '--exclude=secrets.env', canary, world.root];
  expect(execFileSync('/bin/sh', ['-c', 'grep "$@" || true', 'sh', ...places]).toString()).toBe('');
});
