/** What `agent check` says of an agent's files before the first work item: all at once, each with its file, line and fix. */
import { chownSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { checkAgents } from '../../src/agents/check.ts';
import { createWorkspace, customerConfig } from './workspace.ts';

const id = 'codechange/acme';
const config = `${id}/jvAgent.json`;
const secrets = `${id}/secrets.env`;

const { devops, git } = customerConfig('acme');
const withDevops = (more: Record<string, unknown>) => customerConfig('acme', { devops: { ...devops, ...more } });
const withGit = (more: Record<string, unknown>) => customerConfig('acme', { git: { ...git, ...more } });

function workspace(own: unknown = customerConfig('acme'), more: Record<string, unknown> = {}) {
  const made = createWorkspace({ [config]: own, ...more });
  return { ...made, found: () => checkAgents(made.root) };
}

/** The line of the first text in a file that is written as `createWorkspace` writes it. */
const lineOf = (own: unknown, text: string) =>
  JSON.stringify(own, null, 2)
    .split('\n')
    .findIndex((line) => line.includes(text)) + 1;

test('an agent without secrets.env is not ready, and is told every name that it needs', () => {
  const { root } = createWorkspace({ 'docs/jvAgent.json': { id: 'docs' } });
  expect(checkAgents(root)).toEqual([]);
  const bare = createWorkspace();
  bare.write(config, customerConfig('acme'));
  const names = 'AZDO_PAT, GIT_TOKEN, GIT_REMOTE, INSTANCE_API_TOKEN';
  expect(checkAgents(bare.root)).toMatchObject([
    { level: 'fault', code: 'CONFIG_INVALID', file: secrets, message: `is missing: ${id} needs ${names}` },
  ]);
  expect(createAgentStore({ root: bare.root }).get(id)).toMatchObject({
    refusal: { why: expect.stringContaining(names) },
  });
  bare.write(
    config,
    customerConfig('acme', { instance: { name: 'Acme', url: 'https://a.example.com', deploy: { mode: 'off' } } }),
  );
  expect(checkAgents(bare.root)[0]?.message).not.toContain('INSTANCE_API_TOKEN');
});

test('what is missing is told together with the faults of jvAgent.json', () => {
  const bare = createWorkspace();
  bare.write(config, withDevops({ approvers: ['Erin'] }));
  expect(checkAgents(bare.root).map(({ file, message }) => `${file} ${message}`)).toEqual([
    expect.stringContaining(`${config} "Erin" is not a mail address`),
    expect.stringContaining(`${secrets} is missing: ${id} needs AZDO_PAT, GIT_TOKEN, GIT_REMOTE, INSTANCE_API_TOKEN`),
  ]);
});

test('each name that is not set is a fault of its own, with its line if it stands there empty', () => {
  const { write, found } = workspace();
  write(secrets, 'AZDO_PAT=\n# later\nGIT_REMOTE=https://github.com/acme/app.git\n');
  expect(found().map(({ line, message }) => [line, message])).toEqual([
    [1, 'AZDO_PAT is not set'],
    [undefined, 'GIT_TOKEN is not set'],
    [undefined, 'INSTANCE_API_TOKEN is not set'],
  ]);
});

test.each([
  ['[Shop]\\Release approvers', 'a group'],
  ['Erin Engineer', 'not a mail address or an id'],
])('the approver %s is a fault of its line: %s', (approver, why) => {
  const own = withDevops({ approvers: ['erin@acme.example.com', approver] });
  expect(workspace(own).found()).toMatchObject([
    {
      level: 'fault',
      path: 'devops.approvers.1',
      line: lineOf(own, approver.slice(approver.lastIndexOf(' '))),
      message: expect.stringContaining(why),
    },
  ]);
});

test('people are named by mail address, id or account of a domain', () => {
  const approvers = ['erin@acme.example.com', '6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c', 'ACME\\erin'];
  expect(workspace(withDevops({ approvers })).found()).toEqual([]);
});

test.each(['\\Shop\\Web', 'Shop\\Web\\', 'Shop\\\\Web', 'Shop/Web', ' Shop \\ Web '])(
  'the area %j is the area Shop\\Web everywhere',
  (areaPath) => {
    const state = createAgentStore({ root: workspace(withDevops({ areaPath })).root }).get(id);
    expect(state).toMatchObject({ agent: { devops: { areaPath: 'Shop\\Web' } } });
  },
);

test('byte order marks change nothing', () => {
  const { path, found } = workspace();
  writeFileSync(path(config), `\ufeff${JSON.stringify(customerConfig('acme'))}`);
  writeFileSync(
    path(secrets),
    '\ufeffAZDO_PAT=the-pat-of-acme-1\nGIT_TOKEN=the-token-of-acme\nGIT_REMOTE=https://github.com/acme/app.git\nINSTANCE_API_TOKEN=the-instance-1\n',
  );
  expect(found()).toEqual([]);
});

test('a line of secrets.env that cannot be meant is told with its line, never with its value', () => {
  const { write, found, root } = workspace();
  const needed =
    'GIT_TOKEN=the-token-of-acme\nGIT_REMOTE=https://github.com/acme/app.git\nINSTANCE_API_TOKEN=the-instance-1\n';
  write(secrets, `AZDO_PAT=canary-1#canary-2\n${needed}`);
  expect(found()).toMatchObject([
    { level: 'fault', code: 'SECRETS_KEY', file: secrets, line: 1, message: 'the value of AZDO_PAT is cut at its #' },
  ]);
  write(secrets, `AZDO_PAT=canary-1-old\n${needed}AZDO_PAT=canary-1-new\ncanary-3\nMY KEY=canary-4\n`);
  expect(found()).toMatchObject([
    { level: 'warning', line: 5, message: 'AZDO_PAT is set twice: this line counts, line 1 does not' },
    { level: 'warning', line: 6, message: 'this line is not read: it is not NAME=value' },
    { level: 'warning', line: 7, message: 'the text before = is not a name' },
  ]);
  expect(JSON.stringify(found())).not.toContain('canary');
  expect(createAgentStore({ root }).get(id)).toHaveProperty('agent');
});

test.each([
  ['main', {}, 'begins with "main"'],
  ['master/', {}, 'begins with "master"'],
  ['head-', {}, 'begins with "head"'],
  ['', {}, 'the beginning of a branch name'],
  ['f-', {}, 'at least 3 characters'],
  ['feature/v2', {}, 'must not end in a digit'],
  ['customer/acme', {}, 'begins with the branch "customer/acme"'],
  ['customer/acme/', {}, 'begins with the branch "customer/acme"'],
  ['release/', { protectedBranches: ['release/*'] }, 'of git.protectedBranches protects'],
  ['stable/acme-', { protectedBranches: ['stable'] }, 'begins with the branch "stable"'],
])('the branch prefix %j is a fault of its line', (branchPrefix, more, why) => {
  const own = withGit({ branchPrefix, ...more });
  expect(workspace(own).found()[0]).toMatchObject({
    level: 'fault',
    path: 'git.branchPrefix',
    line: lineOf(own, 'branchPrefix'),
    message: expect.stringContaining(why),
  });
});

test('an address of the other world has the line that sets it, in either file', () => {
  const own = withDevops({ baseUrl: 'http://127.0.0.1:9' });
  const { root, write } = workspace(own);
  const place = (allowLoopback: boolean) => checkAgents(root, { allowLoopback }).map(({ file, line }) => [file, line]);
  expect(place(false)).toEqual([[config, lineOf(own, 'baseUrl')]]);
  write(config, withDevops({}));
  write(
    secrets,
    'AZDO_PAT=the-pat-of-acme-1\nGIT_TOKEN=the-token-of-acme\nINSTANCE_API_TOKEN=the-instance-1\nGIT_REMOTE=http://127.0.0.1:9/acme/app.git\n',
  );
  expect(place(false)).toEqual([[secrets, 4]]);
});

test('a file that belongs to another user is a fault, and a file of root is not', () => {
  const { path, found } = workspace();
  const isRoot = process.getuid?.() === 0;
  // Only root can give a file away; everybody else is told that they are another user.
  if (isRoot) chownSync(path(config), 4_242, 4_242);
  const euid = vi.spyOn(process, 'geteuid').mockReturnValue(isRoot ? 0 : 4_242);
  onTestFinished(() => euid.mockRestore());
  const owner = isRoot ? 4_242 : process.getuid?.();
  const faults = found().map(({ file, message }) => `${file} ${message}`);
  expect(faults).toContain(`${config} belongs to another user (${owner})`);
  expect(faults.length).toBe(isRoot ? 1 : faults.length);
});

test('a misspelt field is a warning with the name that was probably meant; a field of its own is none', () => {
  const own = {
    ...withDevops({ aprovers: ['erin@acme.example.com'] }),
    limits: { turnMinuteMax: 5 },
    crm: 'x',
    cron: 1,
  };
  const { found } = workspace(own);
  expect(found().map(({ level, path, line, fix }) => [level, path, line, fix])).toEqual([
    ['warning', 'devops.aprovers', lineOf(own, 'aprovers'), 'Did you mean approvers?'],
    ['warning', 'limits.turnMinuteMax', lineOf(own, 'turnMinuteMax'), 'Did you mean turnMinutesMax?'],
  ]);
});

test('notes that are left out are warnings', () => {
  const { root, path, found } = workspace(undefined, { 'real.md': 'x' });
  mkdirSync(path(`${id}/memory`));
  symlinkSync(path('real.md'), path(`${id}/memory/notes.md`));
  linkSync(path('real.md'), path(`${id}/memory/more.md`));
  expect(found().map(({ level, file, message }) => `${level} ${file} ${message}`)).toEqual([
    `warning ${id}/memory/more.md is left out: it is a link, or has a second name`,
    `warning ${id}/memory/notes.md is left out: it is a link, or has a second name`,
  ]);
  expect(createAgentStore({ root }).get(id)).toHaveProperty('agent');
});
