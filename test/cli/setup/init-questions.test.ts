/** `init` on a terminal: every answer is tested against the emulators, and the agent that comes out passes its checks. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { demoFix, demoSource, scriptFor } from '../../../emulators/demo-repository/model-script.ts';
import { createEngineer } from '../../../emulators/engineer.ts';
import { type Emulators, startEmulators } from '../../../emulators/start.ts';
import { CommandFailure } from '../../../src/cli/failure.ts';
import { runCommandLine } from '../../../src/cli/program.ts';
import { type Scripted, scriptedAsk } from './scripted-ask.ts';

const folder = mkdtempSync(join(tmpdir(), 'init-'));
let emulators: Emulators;

beforeAll(async () => {
  const script = scriptFor(demoFix(), undefined);
  emulators = await startEmulators({ folder: join(folder, 'code'), source: demoSource, script });
});

afterAll(async () => {
  await emulators.close();
  rmSync(folder, { recursive: true, force: true });
});

async function init(root: string, script: readonly (Scripted | Error)[]) {
  const ask = scriptedAsk(script);
  const outcome = { code: 0, out: '', err: '' };
  outcome.code = await runCommandLine(['init', root], {
    out: (text) => {
      outcome.out += text;
    },
    err: (text) => {
      outcome.err += text;
    },
    ask: async () => ask,
  });
  return { ...outcome, heard: ask.heard.join('\n') };
}

test('a board and a repository of one Azure DevOps organization need only one token', async () => {
  const root = join(folder, 'one-token');
  const { acme } = emulators.tenants;
  const { code, heard } = await init(root, [
    ['Id of the agent', ''],
    ['Azure DevOps organization', `${emulators.urls.azureDevOps}/acme/AcmeImplementation`],
    ['AZDO_PAT', acme.secrets.pats.agent],
    ['Project', '(as typed)'],
    ['Which types', ['Bug']],
    ['Do the states', 'Yes'],
    ['Mail addresses', 'erin@acme.example.com, oscar@acme.example.com'],
    ['Address of the repository', acme.azureRepos.remote],
    ['Use AZDO_PAT for the code too?', 'Yes, it has both scopes'],
    ["The customer's branch", '(as typed)'],
    ["How the agent's branches begin", '(as typed)'],
    ['The command that runs the tests', ''],
    ["Address of the customer's instance", ''],
    ['ANTHROPIC_API_KEY', ''],
  ]);
  expect(code, heard).toBe(0);
  const config = JSON.parse(readFileSync(join(root, 'codechange/acme/jvAgent.json'), 'utf8'));
  expect(config.devops).toMatchObject({
    workItemTypes: ['Bug'],
    approvers: ['erin@acme.example.com', 'oscar@acme.example.com'],
  });
  expect(config.git.testCommand).toBeUndefined();
  expect(config.instance).toBeUndefined();
  const secrets = parseEnv(readFileSync(join(root, 'codechange/acme/secrets.env'), 'utf8'));
  expect(secrets).toMatchObject({ AZDO_PAT: acme.secrets.pats.agent, GIT_TOKEN: acme.secrets.pats.agent });
});

test('init asks, tests each answer, and writes an agent that passes its checks', async () => {
  const root = join(folder, 'whole');
  vi.stubEnv('ANTHROPIC_BASE_URL', emulators.urls.anthropic);
  onTestFinished(() => void vi.unstubAllEnvs());
  const { acme } = emulators.tenants;
  const { pats, gitTokens, instanceToken } = acme.secrets;
  await createEngineer(emulators, 'acme').file(demoFix().workItem);
  const { code, out, err, heard } = await init(root, [
    ['Id of the agent', 'Not An Id'],
    ['Id of the agent', ''],
    ['Azure DevOps organization', `${emulators.urls.azureDevOps}/acme`],
    ['AZDO_PAT', 'a-wrong-token-of-acme'],
    ['AZDO_PAT', pats.agent],
    ['Project', '(as typed)'],
    ['Which types', '(as typed)'],
    ['Do the states', 'Yes'],
    ['Who may approve', ['Erin Engineer']],
    ['Address of the repository', 'git@github.com:acme/app.git'],
    ['Address of the repository', acme.remote],
    ["Address of the emulator's GitHub API", emulators.urls.github],
    ['GIT_TOKEN', 'a-wrong-token-of-acme'],
    ['GIT_TOKEN', gitTokens.agent],
    ["The customer's branch", 'customer/acme'],
    ["How the agent's branches begin", 'feature/acme-1'],
    ["How the agent's branches begin", '(as typed)'],
    ['The command that runs the tests', '(as typed)'],
    ["Address of the customer's instance", acme.instanceUrl],
    ['INSTANCE_API_TOKEN', instanceToken],
    ['Name of the instance', 'Another Corp'],
    ["Address of the customer's instance", acme.instanceUrl],
    ['INSTANCE_API_TOKEN', instanceToken],
    ['Name of the instance', '(as typed)'],
    ['ANTHROPIC_API_KEY', 'sk-ant-a-key-of-the-emulator'],
  ]);
  expect({ code, err }, heard).toEqual({ code: 0, err: '' });
  for (const fault of [
    '"Not An Id" is not an agent id',
    'OUTSIDE_AUTH',
    'GIT_REMOTE is not a plain https address',
    'must not end in a digit',
  ])
    expect(heard).toContain(fault);
  expect(heard).toContain(`the instance calls itself "Acme Corp", not "Another Corp"`);
  expect(heard).toContain('AZDO_PAT belongs to Agent of Acme Corp');
  expect(heard).not.toContain('a-wrong-token');

  expect(out).toMatch(/^ {2}ok {4}board-token: AZDO_PAT belongs to Agent of Acme/m);
  expect(out).not.toMatch(/^ {2}FAIL/m);
  expect(out).toMatch(/both\s+answered\s+a\s+test\s+call/);
  expect(out).toContain('Next: jvagent start');
  const agent = join(root, 'codechange/acme');
  const config = JSON.parse(readFileSync(join(agent, 'jvAgent.json'), 'utf8'));
  expect(config).toMatchObject({
    devops: {
      organization: 'acme',
      project: 'AcmeImplementation',
      approvers: ['erin@acme.example.com'],
      stateMapping: { planReady: 'Plan Ready', failed: 'Failed' },
    },
    git: { customerBranch: 'customer/acme', branchPrefix: 'feature/acme-', testCommand: 'npm test' },
    instance: { name: 'Acme Corp', url: acme.instanceUrl },
  });
  expect(parseEnv(readFileSync(join(agent, 'secrets.env'), 'utf8'))).toEqual({
    AZDO_PAT: pats.agent,
    GIT_TOKEN: gitTokens.agent,
    GIT_REMOTE: acme.remote,
    INSTANCE_API_TOKEN: instanceToken,
  });
  for (const file of [join(root, '.env'), join(agent, 'secrets.env')]) expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(parseEnv(readFileSync(join(root, '.env'), 'utf8'))).toMatchObject({
    ANTHROPIC_API_KEY: 'sk-ant-a-key-of-the-emulator',
    JVAGENT_ALLOW_LOOPBACK: '1',
  });
});

/** Every question that is left for later. */
const later: Scripted[] = [
  ['Azure DevOps organization', ''],
  ['Project', ''],
  ['Mail addresses', ''],
  ['Address of the repository', ''],
  ["The customer's branch", ''],
  ["How the agent's branches begin", '(as typed)'],
  ['The command that runs the tests', '(as typed)'],
  ["Address of the customer's instance", ''],
  ['ANTHROPIC_API_KEY', ''],
];

test('a person who leaves every answer for later gets files with a line for each, and is told what is missing', async () => {
  const root = join(folder, 'later');
  const { code, out } = await init(root, [['Id of the agent', 'codechange/later'], ...later]);
  expect(code).toBe(0);
  expect(out.replace(/\s+/g, ' ')).toContain('AZDO_PAT is not set');
  expect(out).toContain('Next: fix what fails in codechange/later/jvAgent.json and codechange/later/secrets.env');
  expect(Object.keys(parseEnv(readFileSync(join(root, 'codechange/later/secrets.env'), 'utf8')))).toContain(
    'GIT_TOKEN',
  );
});

test('Ctrl-C at any question leaves nothing behind', async () => {
  const root = join(folder, 'stopped');
  const stop = new CommandFailure('Stopped. Nothing was written.');
  for (let at = 0; at <= later.length; at += 1) {
    const script: (Scripted | Error)[] = [['Id of the agent', 'codechange/later'], ...later];
    const { code, err } = await init(root, [...script.slice(0, at), stop]);
    expect({ code, err }).toEqual({ code: 1, err: 'Stopped. Nothing was written.\n' });
    expect(existsSync(root)).toBe(false);
  }
});
