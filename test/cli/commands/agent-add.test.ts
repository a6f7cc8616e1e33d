/** `agent add`: new agents from a template, one by one or many from a list. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, test } from 'vitest';
import { createCliWorkspace, jvagent } from '../fixture.ts';

test('an added agent is sound, has its own names, and takes only tagged work items', async () => {
  const { root, run, path } = createCliWorkspace();
  const added = await run('agent', 'add', 'codechange/globex', '--set', 'git.paths=["src/**"]');
  expect(added).toMatchObject({ code: 0, err: '' });
  const config = JSON.parse(readFileSync(path('codechange/globex/jvAgent.json'), 'utf8'));
  expect(config).toMatchObject({
    id: 'codechange/globex',
    subscriptions: [{ pattern: 'agent/codechange/globex/**' }],
    devops: { requiredTag: 'jvagent' },
    git: { customerBranch: 'customer/globex', branchPrefix: 'feature/globex-', paths: ['src/**'] },
  });
  const { code, out } = await jvagent('agent', 'check', '--root', root);
  const places = out.match(/^\S+:\d+ \w+ is not set/gm);
  const missing = ['AZDO_PAT', 'GIT_TOKEN', 'GIT_REMOTE', 'INSTANCE_API_TOKEN'];
  expect({ code, places }).toEqual({
    code: 1,
    places: missing.map((name) => expect.stringMatching(`^codechange/globex/secrets\\.env:\\d+ ${name} `)),
  });
  expect((await run('agent', 'list')).out).toContain('codechange/globex');
});

test('a new agent names the schema that its workspace then has, and an older one is replaced', async () => {
  const { run, path, write } = createCliWorkspace();
  write('jvAgent.schema.json', { of: 'an earlier version' });
  await run('agent', 'add', 'codechange/globex');
  const file = path('codechange/globex/jvAgent.json');
  const { $schema } = JSON.parse(readFileSync(file, 'utf8')) as { $schema: string };
  expect(JSON.parse(readFileSync(join(dirname(file), $schema), 'utf8'))).toMatchObject({ title: 'jvAgent.json' });
});

test('values of a file override the template, and single values override both', async () => {
  const { run, write, path } = createCliWorkspace();
  write('fields.json', { name: 'Globex', devops: { project: 'Shop', requiredTag: 'bot' } });
  const flags = ['--from', path('fields.json'), '--set', 'devops.project=Store'];
  await run('agent', 'add', 'codechange/globex', ...flags);
  const config = JSON.parse(readFileSync(path('codechange/globex/jvAgent.json'), 'utf8'));
  expect(config).toMatchObject({
    name: 'Globex',
    devops: { project: 'Store', requiredTag: 'bot' },
  });
});

test('an agent with a bad value, a taken id or no template is not written at all', async () => {
  const { run, path } = createCliWorkspace();
  const before = readFileSync(path('codechange/acme/jvAgent.json'), 'utf8');
  expect((await run('agent', 'add', 'codechange/acme')).code).toBe(1);
  expect((await run('agent', 'add', 'docs', '--set', 'heartbeat=often')).err).toContain('heartbeat');
  expect((await run('agent', 'add', 'docs', '--template', '../src')).err).toContain('no template');
  expect(statSync(path('docs'), { throwIfNoEntry: false })).toBeUndefined();
  expect(readFileSync(path('codechange/acme/jvAgent.json'), 'utf8')).toBe(before);
});

test('a value by path cannot reach a prototype', async () => {
  const { run } = createCliWorkspace();
  expect((await run('agent', 'add', 'docs', '--set', '__proto__.polluted=1')).code).toBe(2);
});

test('a new agent gets a private secrets.env with a line for each secret that it needs', async () => {
  const { run, path } = createCliWorkspace();
  const set = ['--set', 'toolSecrets={"CRM_TOKEN":["crm"]}', '--set', 'cliSecrets=[]'];
  expect(await run('agent', 'add', 'codechange/globex', ...set)).toMatchObject({ code: 0, err: '' });
  const file = path('codechange/globex/secrets.env');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const names = ['AZDO_PAT', 'GIT_TOKEN', 'GIT_REMOTE', 'INSTANCE_API_TOKEN', 'CRM_TOKEN'];
  expect(parseEnv(readFileSync(file, 'utf8'))).toEqual(Object.fromEntries(names.map((name) => [name, ''])));
});

/** What differs between customers; nothing may be shared. */
const entry = (name: string) => ({
  id: `codechange/${name}`,
  set: {
    'devops.project': `Project ${name}`,
    'git.customerBranch': `customer/${name}`,
    'git.branchPrefix': `feature/${name}-x-`,
    'instance.url': `https://${name}.example.com`,
  },
  secrets: {
    AZDO_PAT: `azdo-token-of-${name}`,
    GIT_TOKEN: `git-token-of-${name}`,
    GIT_REMOTE: 'https://github.com/yourorg/product.git',
    INSTANCE_API_TOKEN: `Bearer "instance" # of '${name}'`,
  },
});

test('a list makes forty agents at once, each sound and with its own secrets', async () => {
  const { run, write, path } = createCliWorkspace();
  const list = Array.from({ length: 40 }, (_, n) => entry(`customer-${n}`));
  write('list.json', list);
  const added = await run('agent', 'add', '--from', path('list.json'));
  expect(added).toMatchObject({ code: 0, err: '' });
  expect(added.out.match(/^Added codechange\/customer-\d+$/gm)).toHaveLength(40);
  expect(await run('agent', 'check')).toMatchObject({ code: 0, out: 'No faults.\n' });
  for (const { id, set, secrets } of list) {
    const config = JSON.parse(readFileSync(path(`${id}/jvAgent.json`), 'utf8'));
    expect(config).toMatchObject({ id, git: { branchPrefix: set['git.branchPrefix'] } });
    expect(parseEnv(readFileSync(path(`${id}/secrets.env`), 'utf8'))).toEqual(secrets);
    expect(statSync(path(`${id}/secrets.env`)).mode & 0o777).toBe(0o600);
  }
});

test('a list names every faulty entry with its place and all its faults, writes nothing of them, and adds the others', async () => {
  const { run, write, path } = createCliWorkspace();
  const bad = entry('b');
  const list = [
    entry('a'),
    { ...bad, set: { ...bad.set, 'git.branchPrefix': 'feature/b-1', heartbeat: 'often' } },
    entry('a'),
    { ...entry('c'), secrets: { ...entry('c').secrets, PATH: '/opt' } },
    { id: 'codechange/d', sets: {}, set: { 'a..b': 1 } },
    { ...entry('e'), secrets: entry('a').secrets },
    entry('acme'),
  ];
  write('list.json', list.slice(0, 5));
  const { code, out, err } = await run('agent', 'add', '--from', path('list.json'));
  expect(code).toBe(1);
  expect(err).toContain('4 of 5 agents have faults');
  expect(out).toMatch(/^Added codechange\/a$/m);
  expect(out).toMatch(
    /^\[1\] codechange\/b: .*heartbeat[\s\S]*git\.branchPrefix: must not end in a digit[\s\S]*\[2\] codechange\/a: .*\[0\]/m,
  );
  expect(out).toMatch(/^\[3\] codechange\/c: .*PATH/m);
  expect(out).toMatch(/^\[4\] codechange\/d: .*a\.\.b/m);
  for (const name of 'bcd') expect(statSync(path(`codechange/${name}`), { throwIfNoEntry: false })).toBeUndefined();
  write('list.json', list.slice(5));
  const again = await run('agent', 'add', '--from', path('list.json'));
  expect(again.err).toContain('All 2 agents have faults');
  expect(again.out).toMatch(/^\[0\] codechange\/e: .*share the value of AZDO_PAT .*\(TENANT_OVERLAP\)$/m);
  expect(again.out).toMatch(/^\[1\] codechange\/acme: the agent codechange\/acme already exists/m);
});

test('a secret that no secrets.env can hold is refused, and its value is not shown', async () => {
  const { run, write, path } = createCliWorkspace();
  const value = `a'b"c\`d #`;
  write('list.json', [{ ...entry('a'), secrets: { CRM_TOKEN: value } }]);
  const { code, out } = await run('agent', 'add', '--from', path('list.json'));
  expect(code).toBe(1);
  expect(out).toContain('the value of CRM_TOKEN mixes all kinds of quotes');
  expect(out).not.toContain(value);
});

test('a misspelt name of a secret is a warning with the one that was probably meant', async () => {
  const { run, write, path } = createCliWorkspace();
  const { AZDO_PAT, ...others } = entry('a').secrets;
  write('list.json', [{ ...entry('a'), secrets: { ...others, AZDO_PTA: AZDO_PAT, CRM_TOKEN: 'token-of-the-crm' } }]);
  const { code, out } = await run('agent', 'add', '--from', path('list.json'));
  expect(code).toBe(0);
  expect(out).toMatch(
    /^Added codechange\/a\n +warning: \S+secrets\.env AZDO_PTA is not .*\n +Did you mean AZDO_PAT\?$/m,
  );
  expect(out).not.toContain('CRM_TOKEN');
});

test('a misspelt or missing field is told by its name, and so is a missing file', async () => {
  const { run, write, path } = createCliWorkspace();
  const good = entry('a');
  write('list.json', [good, { ID: 'codechange/b' }]);
  const { out } = await run('agent', 'add', '--from', path('list.json'));
  expect(out).toMatch(/^\[1\] \(no id\): id: is missing\n +there is no field ID$/m);
  const config = JSON.parse(readFileSync(path('codechange/a/jvAgent.json'), 'utf8'));
  write('codechange/a/jvAgent.json', { ...config, name: 7, git: { ...config.git, customerBranch: undefined } });
  const checked = await run('agent', 'check', 'codechange/a');
  expect(checked.out).toMatch(/ name: must be of type string /);
  expect(checked.out).toMatch(/ git\.customerBranch: is missing /);
  expect((await run('agent', 'check', 'nope')).out).toContain('nope is no agent of this workspace');
  expect((await run('agent', 'add', '--from', path('nope.json'))).err).toContain('nope.json: no such file');
});

test.each([
  ['docs', 'docs', []],
  ['impl', 'impl/globex', ['INSTANCE_API_TOKEN']],
])('an agent of the template %s is sound at once, but for its secrets', async (template, id, needed) => {
  const { root, run, path } = createCliWorkspace();
  expect(await run('agent', 'add', id, '--template', template)).toMatchObject({ code: 0, err: '' });
  for (const file of ['CLAUDE.md', 'triage.md', 'heartbeat.md'])
    expect(readFileSync(path(`${id}/${file}`), 'utf8')).not.toBe('');
  expect(readFileSync(path(`${id}/jvAgent.json`), 'utf8')).not.toContain('xample"');
  const { out } = await jvagent('agent', 'check', '--root', root);
  const about = out.match(new RegExp(`^${id}/\\S+ \\w+`, 'gm')) ?? [];
  expect(about.map((line) => line.split(' ')[1])).toEqual(needed);
});
