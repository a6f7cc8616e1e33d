/** Set-up and tests of a repository with a dependency: real npm, a real registry on loopback, real git, the real sandbox. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { listenServer } from '../../src/base/http.ts';
import { createLog } from '../../src/base/log.ts';
import { createPreparedTrees } from '../../src/checkout/prepared-trees.ts';
import { createSetUp } from '../../src/checkout/set-up.ts';
import { runTests } from '../../src/checkout/test-run.ts';
import { createWorkspace } from '../../src/checkout/workspace.ts';
import { codes } from '../../src/refusal.ts';
import { noNetwork, openNetwork } from '../../src/sandbox/network.ts';
import { registryOf } from '../../src/sandbox/registry.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { accepted, createFixture, type Files, type Fixture, write } from '../git/fixture.ts';
import { toLoopback } from '../outbound/direct.ts';
import { canary, type PackageRegistry, startPackageRegistry } from '../sandbox/package-registry.ts';

let packages: PackageRegistry;

beforeEach(async () => {
  packages = await startPackageRegistry();
  return packages.close;
});

const checked = `node -e 'process.exit(require("tiny") === 42 ? 0 : 1)'`;

/** What npm does for this one package, in a tenth of the time. */
const fetched = () =>
  `mkdir -p node_modules/tiny && curl -s http://${packages.host}/tiny/-/tiny-1.0.0.tgz | tar -xzC node_modules/tiny --strip-components=1`;

interface Wanted {
  setupCommand?: string;
  testCommand?: string;
  files?: Files;
  domains?: string[];
}

async function open({ setupCommand = fetched(), testCommand = checked, files = {}, domains = [] }: Wanted = {}) {
  const fixture = await createFixture({ ...packages.project(), 'README.md': 'project\n', ...files });
  onTestFinished(fixture.close);
  const { root, repository } = fixture;
  const runFolder = join(root, 'run');
  mkdirSync(runFolder);
  const sandbox = createSandbox({ sandboxUid: 20001, processesMax: 256, memoryMb: 2_000 });
  const ownerUid = process.getuid?.() === 0 ? sandbox.uid : undefined;
  const workspace = createWorkspace({ agentId: 'acme', stateFolder: root, runFolder, repository, ownerUid });
  const log = createLog('test', 'silent');
  const places = { folder: runFolder, ...toLoopback, refused: () => {}, clock: systemClock, log };
  const registries = [registryOf(packages.host, canary)];
  const cache = join(root, 'cache');
  const setUp = createSetUp({
    sandbox,
    workspace,
    repository,
    trees: createPreparedTrees({ folder: cache, countMax: 5, bytesMax: 1 << 30, clock: systemClock }),
    setupCommand,
    minutesMax: 1,
    openNetwork: () => openNetwork({ ...places, domains, registries }),
  });
  const tests = async () => (domains.length > 0 ? openNetwork({ ...places, domains, registries: [] }) : noNetwork);
  const surroundings = { sandbox, workspace, setUp, networks: { tests }, clock: systemClock };
  const run = (sha: string) => runTests(surroundings, { testCommand, testMinutesMax: 1 }, sha);
  return { ...fixture, cache, runTests: run };
}

/** A commit as the engine's work becomes one. */
async function committed(fixture: Fixture, path: string, text: string): Promise<string> {
  const tree = await fixture.tree();
  write(tree, path, text);
  const { sha } = accepted(await tree.commit(fixture.base));
  return sha;
}

const asked = () => packages.requests.length;

it('installs once for the same lock files, and each commit is tested with that', async () => {
  const world = await open({ setupCommand: 'npm ci' });
  const changed = await committed(world, 'README.md', 'changed\n');
  expect(await world.runTests(world.base)).toMatchObject({ passed: true });
  expect(await world.runTests(changed)).toMatchObject({ passed: true });
  expect(asked()).toBe(1);
});

it('leaves no trace of the registry token', async () => {
  const world = await open({ setupCommand: `${fetched()} && env > node_modules/.env-of-set-up` });
  expect(await world.runTests(world.base)).toMatchObject({ passed: true });
  expect(packages.requests[0]?.authorization).toContain(canary);
  const found = (word: string) =>
    execFileSync('/bin/sh', ['-c', `grep -rls "${word}" . || true`], { cwd: world.cache }).toString();
  expect(found('HTTPS_PROXY')).toContain('env-of-set-up');
  expect(found(canary)).toBe('');
});

it('sets up a changed lock file separately, only for that commit', async () => {
  const world = await open();
  const lock = packages.project()['package-lock.json'] ?? '';
  const changed = await committed(world, 'package-lock.json', `${lock}\n`);
  for (const sha of [changed, world.base, changed]) await world.runTests(sha);
  expect(asked()).toBe(2);
});

it('shares nothing that the code of an unreviewed commit made', async () => {
  const script = `set -o pipefail; ${fetched()}`;
  const world = await open({ setupCommand: 'bash install.sh', files: { 'install.sh': script } });
  const sha = await committed(world, 'install.sh', `${script}; touch poisoned; echo > node_modules/tiny/tiny.js`);
  expect(await world.runTests(sha)).toMatchObject({ passed: true });
  expect(await world.runTests(world.base)).toMatchObject({ passed: true });
  expect(execFileSync('find', [world.cache, '-name', 'poisoned']).toString()).toBe('');
});

it("gives tests the commit's own files, whatever the set-up did to them", async () => {
  const world = await open({
    setupCommand: 'echo changed > README.md && echo made > made.txt && ln -s /etc link && rm package.json',
    testCommand: 'cat README.md made.txt && ls package.json && readlink link',
    files: { src: { mode: '120000', content: 'README.md' } },
  });
  const { passed, output } = accepted(await world.runTests(world.base));
  expect({ passed, output }).toEqual({ passed: true, output: 'project\nmade\npackage.json\n/etc' });
});

it('counts a set-up that fails only with the commit as a failed test, for the model to fix', async () => {
  const world = await open({ setupCommand: '! grep -q broken package-lock.json', testCommand: 'true' });
  const changed = await committed(world, 'package-lock.json', '{ "broken": true }\n');
  const output = expect.stringContaining('git.setupCommand (! grep -q broken package-lock.json) failed');
  expect(await world.runTests(changed)).toMatchObject({ passed: false, output });
  expect(await world.runTests(world.base)).toMatchObject({ passed: true });
});

it('is not a failed test if the target branch cannot be set up either', async () => {
  const world = await open({ setupCommand: 'exit 3' });
  const changed = await committed(world, 'package-lock.json', '{}\n');
  expect(await world.runTests(changed)).toMatchObject({ refused: 'SETUP' });
});

it('reports a failed set-up with its command and last output, not as a failed test, and tries again', async () => {
  const world = await open({
    setupCommand: `${fetched()}; seq 100; echo broken; exit 3`,
  });
  for (const _ of [1, 2]) {
    const outcome = await world.runTests(world.base);
    const why = expect.stringMatching(
      /^git\.setupCommand \(mkdir .*\) failed on commit [0-9a-f]{12}:\n87\n[\s\S]*broken$/,
    );
    expect(outcome).toEqual({ refused: 'SETUP', why, fix: codes.SETUP });
  }
  expect(asked()).toBe(2);
});

it('lets tests reach listed hosts, never the registry or other local ports', async () => {
  const listener = async () => {
    let connections = 0;
    const server = createServer((_, response) => response.end('reached')).on('connection', () => {
      connections += 1;
    });
    const { port, close } = await listenServer(server);
    onTestFinished(close);
    return { place: `127.0.0.1:${port}`, connections: () => connections };
  };
  const [listed, other] = [await listener(), await listener()];
  const ask = (place: string) => `curl -s http://${place}/ && curl -sp http://${place}/;`;
  const command = [listed.place, other.place, packages.host].map(ask).join('\n');
  const { base, runTests } = await open({
    testCommand: `${command} true`,
    domains: [listed.place],
    setupCommand: command,
  });
  expect(accepted(await runTests(base)).output.match(/reached/g)).toHaveLength(2);
  expect(other.connections()).toBe(0);
  const unlisted = await open({ testCommand: `${command} true`, setupCommand: `${ask(other.place)} true` });
  expect(accepted(await unlisted.runTests(unlisted.base)).output).toBe('');
  expect(other.connections()).toBe(0);
});
