import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { runProgram } from '../../../src/base/program.ts';
import { refuse } from '../../../src/refusal.ts';
import { programEnvironment, readSettings } from '../../../src/settings.ts';
import type { Finding } from '../../../src/status/finding.ts';
import { openStore } from '../../../src/store/database/database.ts';
import { startEmulated } from '../emulated.ts';

const acme = 'codechange/acme';

async function findings({ run }: Awaited<ReturnType<typeof startEmulated>>, id = acme) {
  const { out, code } = await run('doctor', id, '--no-model', '--json');
  const found = JSON.parse(out) as Finding[];
  return { code, found, of: (name: string) => found.find((each) => each.id === `${acme} ${name}`) };
}

const otherThanOk = (found: readonly Finding[]) => found.filter(({ status }) => status !== 'ok');

test('if all is well, every precondition is listed as ok', async () => {
  const { code, found, of } = await findings(await startEmulated());
  expect({ code, bad: otherThanOk(found) }).toEqual({ code: 0, bad: [] });
  const names =
    'files trust model-key model outside-the-gate board-token board-reach states fields area board tags approvers branch code-token code-reach push instance';
  const ofMachine = ['node', 'git', 'network', 'sandbox', 'model-key', 'dashboard', 'hook-key', 'database', 'ops'];
  const ids = [...ofMachine, ...names.split(' ').map((name) => `${acme} ${name}`)];
  expect(found.map(({ id }) => id)).toEqual(ids);
  expect(of('board-token')?.what).toContain('Agent of Acme');
});

test('nothing is pushed or written, and with --no-model no model is called', async () => {
  const world = await startEmulated();
  await findings(world);
  const reads = /wiql|git-upload-pack/;
  const sent = world.emulators.faults.requests();
  const writes = sent.filter(({ method, path }) => method !== 'GET' && !reads.test(path));
  expect(writes).toEqual([]);
});

test('a token that sees too much is reported as too wide', async () => {
  const world = await startEmulated();
  const projects = { value: [{ name: 'AcmeImplementation' }, { name: 'Payroll' }] };
  const repositories = [{ full_name: 'acme/jsonpointer' }, { full_name: 'acme/payroll' }];
  const { faults } = world.emulators;
  const answer = (body: unknown) => ({
    status: 200,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
  faults.add({ target: 'azureDevOps', match: { path: '/_apis/projects' }, do: answer(projects) });
  faults.add({ target: 'github', match: { path: '/user/repos' }, do: answer(repositories) });
  const { code, of } = await findings(world);
  expect(of('board-reach')).toMatchObject({
    status: 'warn',
    code: 'TOKEN_TOO_WIDE',
    what: expect.stringContaining('Payroll'),
  });
  expect(of('code-reach')).toMatchObject({
    status: 'warn',
    code: 'TOKEN_TOO_WIDE',
    what: expect.stringContaining('acme/payroll'),
  });
  expect(code).toBe(0);
});

test('what a token may not be told is a warning, and not taken for good', async () => {
  const world = await startEmulated();
  world.emulators.faults.add({ target: 'github', match: { path: '/user/repos' }, do: { status: 403 } });
  const { code, of } = await findings(world);
  expect({ code, reach: of('code-reach') }).toMatchObject({
    code: 0,
    reach: { status: 'warn', what: expect.stringContaining('could not be read') },
  });
});

test('each fault of board, repository and instance comes with its fix', async () => {
  const world = await startEmulated({
    devops: {
      stateMapping: {
        new: 'New',
        planning: 'Planning',
        planReady: 'Plan Ready',
        approved: 'Aproved',
        inProgress: 'In Progress',
        prCreated: 'PR Created',
        deployed: 'Deployed',
      },
      approvers: ['agent@acme.example.com'],
    },
    git: { customerBranch: 'customer/nobody' },
    instance: { name: 'Globex Corporation' },
  });
  const { code, of } = await findings(world);
  expect(code).toBe(1);
  expect(of('states')).toMatchObject({
    status: 'fail',
    code: 'CONFIG_INVALID',
    what: expect.stringContaining('"Aproved"'),
  });
  expect(of('approvers')).toMatchObject({ status: 'fail', code: 'GATE_ACTOR' });
  expect(of('branch')).toMatchObject({ status: 'fail', what: 'the remote has no branch customer/nobody' });
  expect(of('instance')).toMatchObject({ status: 'fail', code: 'GATE_TENANT' });
  for (const { status, fix } of (await findings(world)).found) expect(fix !== '').toBe(status !== 'ok');
});

test('what doctor found wrong is told by status, explain and agent check until the configuration changes', async () => {
  const world = await startEmulated({ devops: { approvers: ['erin.old@acme.example.com'] } });
  const { of } = await findings(world);
  expect(of('approvers')).toMatchObject({ status: 'fail', line: expect.any(Number) });
  const told = /jvAgent\.json:\d+ "erin\.old@acme\.example\.com".* \(seen by doctor at \d{4}-.* UTC\)/;
  const { needs } = JSON.parse((await world.run('status', '--json')).out);
  expect(needs).toContainEqual(
    expect.objectContaining({ agentId: acme, code: 'GATE_ACTOR', why: expect.stringMatching(told) }),
  );
  expect((await world.run('explain', acme, '1')).out).toMatch(told);
  const check = await world.run('agent', 'check');
  expect({ code: check.code, out: check.out }).toEqual({
    code: 0,
    out: expect.stringContaining('erin.old@acme.example.com'),
  });
  const file = join(world.root, acme, 'jvAgent.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('erin.old@', 'erin@'));
  expect((await world.run('agent', 'check')).out).toBe('No faults.\n');
});

test.each<[string, Parameters<typeof startEmulated>[0], string]>([
  ['toolSecrets', { toolSecrets: { CRM_TOKEN: ['crm'] } }, 'CRM_TOKEN to the tools crm (toolSecrets)'],
  ['cliSecrets', { cliSecrets: ['NPM_READ'] }, 'NPM_READ to the engine (cliSecrets)'],
  [
    'sandbox.domainsInTurn',
    { sandbox: { domains: ['docs.example.com'], domainsInTurn: true } },
    'docs.example.com to the engine (sandbox.domainsInTurn)',
  ],
])('what %s gives past the gate is a standing warning of doctor and of status', async (_, config, given) => {
  const world = await startEmulated(config);
  appendFileSync(join(world.root, acme, 'secrets.env'), 'CRM_TOKEN=crm-token-of-acme\nNPM_READ=npm-1\n');
  const { code, of } = await findings(world);
  const warning = {
    status: 'warn',
    what: `outside the gate: ${given}`,
    fix: 'Remove what is not needed from the configuration.',
  };
  expect({ code, finding: of('outside-the-gate') }).toMatchObject({ code: 0, finding: warning });
  const { agents } = JSON.parse((await world.run('status', '--json')).out);
  expect(agents.find(({ id }: { id: string }) => id === acme).warnings).toEqual([given]);
  expect((await world.run('status')).out).toContain(`Warning: ${acme} gives ${given}, outside the gate.`);
});

test('a folder that is left out is a warning', async () => {
  const world = await startEmulated({ workDirs: ['/usr/share/misc', '/nonexistent/docs'] });
  const { code, of } = await findings(world);
  expect({ code, folders: of('folders') }).toMatchObject({
    code: 0,
    folders: {
      status: 'warn',
      what: expect.stringContaining('without /nonexistent/docs from workDirs: it is missing'),
    },
  });
});

test('domains that only the set-up may reach give no warning', async () => {
  const { of } = await findings(await startEmulated({ sandbox: { domains: ['docs.example.com'] } }));
  expect(of('outside-the-gate')).toMatchObject({ status: 'ok' });
});

test('rejected tokens are reported one by one', async () => {
  const world = await startEmulated();
  appendFileSync(
    join(world.root, acme, 'secrets.env'),
    'AZDO_PAT=a-wrong-token\nGIT_TOKEN=a-wrong-token\nINSTANCE_API_TOKEN=a-wrong-token\n',
  );
  const { code, found } = await findings(world);
  const failed = found.filter(({ status }) => status === 'fail').map(({ id }) => id.split(' ')[1]);
  expect(code).toBe(1);
  expect(failed).toEqual(expect.arrayContaining(['board-token', 'branch', 'code-token', 'push', 'instance']));
  expect(JSON.stringify(found)).not.toContain('sk-no-key');
});

test('without tokens for the dashboard a command is named that adds them, whatever .env is like', async () => {
  const world = await startEmulated();
  const path = join(world.root, '.env');
  // As an editor leaves it that ends no line.
  const text = readFileSync(path, 'utf8')
    .replace(/^JVAGENT_(API|VIEW)_TOKEN=.*\n/gm, '')
    .trimEnd();
  writeFileSync(path, text);
  const { code, found } = await findings(world);
  const warned = found.filter(({ id }) => id === 'dashboard');
  expect(code).toBe(0);
  expect(warned.map(({ status, what }) => [status, what.split(' ')[0]])).toEqual([
    ['warn', 'JVAGENT_API_TOKEN'],
    ['warn', 'JVAGENT_VIEW_TOKEN'],
  ]);
  for (const { fix } of warned) {
    const command = fix.slice(fix.indexOf('(umask'));
    const { code: ended } = await runProgram({
      ...{ file: '/bin/sh', args: ['-c', command], cwd: world.root },
      ...{ env: programEnvironment(), timeoutMs: 30_000 },
    });
    expect(ended).toBe(0);
  }
  const settings = readSettings({ env: {}, root: world.root });
  expect(settings).toMatchObject({ apiToken: expect.stringMatching(/^[\w-]{43}$/), allowLoopback: true });
  expect((await findings(world)).found.find(({ id }) => id === 'dashboard')?.status).toBe('ok');
});

test('faults in the files of an agent are findings with file and line', async () => {
  const world = await startEmulated({ heartbeat: 'often' });
  const { code, found } = await findings(world);
  expect(code).toBe(1);
  expect(otherThanOk(found)).toMatchObject([
    { id: `${acme} files`, what: expect.stringMatching(/jvAgent\.json:\d+ /) },
  ]);
});

test('a model without a price is a warning, with what its calls are booked at', async () => {
  const { code, of } = await findings(await startEmulated({ defaultModel: 'claude-opus-9' }));
  expect({ code, files: of('files') }).toMatchObject({
    code: 0,
    files: {
      status: 'warn',
      what: expect.stringContaining('claude-opus-9'),
      fix: expect.stringContaining('unknownModels'),
    },
  });
});

test('a model that did not answer the last turn is a fault, in the words of its provider', async () => {
  const world = await startEmulated();
  const store = await openStore({ folder: join(world.root, '.jvagent/state'), clock: systemClock });
  const modelFault = { ...refuse('OUTSIDE_AUTH', 'invalid x-api-key'), since: 1, tries: 1, until: 2 };
  await store.agents.set(acme, { modelFault });
  await store.close();
  const { code, of } = await findings(world);
  expect({ code, model: of('model') }).toMatchObject({
    code: 1,
    model: { status: 'fail', code: 'OUTSIDE_AUTH', what: 'invalid x-api-key' },
  });
});
