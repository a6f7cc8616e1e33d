/** A planted `.git` and a hostile repository, in a whole turn of the platform: plain git falls for each of them, ours for none. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { accepted, commitFiles, createCanary, createCountingGit, createFixture, plainGit } from '../git/fixture.ts';
import { logged } from '../stories/look.ts';
import { approved } from '../stories/road.ts';
import { call, commit, edit, executing, gitOps, say, scriptOf, write } from '../stories/scripts.ts';
import { startWorld, type World } from '../stories/world.ts';
import { type Answered, answersOf, printedBy, refusedWith } from './calls.ts';
import { hostileRepository, waitInside } from './hostile-repository.ts';

interface Attack {
  /** Lines of `.git/config` that start the program. */
  config: (program: string) => string;
  /** Plain git commands of which one falls for it. */
  control: string[][];
}

const included = (program: string) => join(dirname(program), 'included');

/** A program in git's config; the included file starts it too. */
const attacks: Record<string, Attack> = {
  'GC-01 core.fsmonitor': { config: (it) => `[core]\nfsmonitor = ${it}`, control: [['status']] },
  'GC-04 a clean filter that the repository names': {
    config: (it) => `[filter "x"]\nclean = ${it}\nsmudge = ${it}`,
    control: [['add', '-A']],
  },
  'GC-12 an askPass and a credential helper': {
    config: (it) => `[core]\naskPass = ${it}\n[credential]\nhelper = "!${it}"`,
    control: [['ls-remote', 'REMOTE']],
  },
  'GC-16 an included file': {
    config: (it) => `[include]\npath = ${included(it)}\n[includeIf "gitdir:**"]\npath = ${included(it)}`,
    control: [['diff']],
  },
};

const attributes = '* filter=x merge=x diff=x\n';
const gitmodules = '[submodule "x"]\npath = sub\nurl = ext::sh -c canary% x\n';
/** Git itself would not fetch a commit with this one. */
const startingModules = `${gitmodules}update = !canary\n`;

type Canary = ReturnType<typeof createCanary>;

interface Planted {
  canary: Canary;
  /** Whether plain git started the program in a copy of the tree. */
  control: boolean;
}

let world: World;
let workItemId: number;
let answers: Answered[];
let tree: string;
let source: string;
let trace: string;
let control: { replaced: string; connections: number };
const planted = new Map<string, Planted>();
const proxy = { port: 0, connections: 0 };
const proxyServer = createServer((socket) => {
  proxy.connections += 1;
  socket.destroy();
});

function folderFor(name: string): string {
  const folder = join(world.root, '..', name.slice(0, 5));
  mkdirSync(folder);
  return folder;
}

function addConfig(folder: string, lines: string): void {
  appendFileSync(join(folder, '.git/config'), `${lines}\n`);
}

/** What plain git does in a copy of the attacker's repository with these lines in its config. */
async function plainly(template: string, lines: string, commands: string[][]): Promise<string> {
  const copy = mkdtempSync(join(world.root, '../copy-'));
  cpSync(template, copy, { recursive: true });
  addConfig(copy, lines);
  appendFileSync(join(copy, 'jsonpointer.js'), '// more\n');
  let out = '';
  for (const args of commands) {
    const { stdout } = await plainGit(
      copy,
      args.map((it) => (it === 'REMOTE' ? world.emulators.tenants.acme.remote : it)),
    );
    out += stdout.toString();
  }
  return out;
}

/** A repository of the attacker's own around the files of the tree, in which the plan's base is replaced by another commit. */
async function makeTemplate(baseSha: string): Promise<string> {
  const template = folderFor('plain');
  cpSync(tree, template, { recursive: true, filter: (path) => path !== join(tree, '.git') });
  await plainGit(template, ['init', '--quiet', '.']);
  await plainGit(template, ['add', '-A']);
  await plainGit(template, ['commit', '--quiet', '-m', 'forged']);
  await plainGit(template, ['fetch', '--quiet', world.emulators.tenants.acme.directory, 'customer/acme']);
  await plainGit(template, ['replace', baseSha, 'HEAD']);
  return template;
}

/** Puts all of it where the engine sees a read-only mount, as if the sandbox had not held. */
async function plantAll(baseSha: string): Promise<void> {
  const template = await makeTemplate(baseSha);
  const http = `[http]\nproxy = http://127.0.0.1:${proxy.port}`;
  const lines = [http];
  for (const [title, attack] of Object.entries(attacks)) {
    const canary = createCanary(folderFor(title), 'exit 1');
    const config = attack.config(canary.program);
    writeFileSync(included(canary.program), `[diff]\nexternal = ${canary.program}\n`);
    await plainly(template, config, attack.control);
    planted.set(title, { canary, control: canary.fired() });
    canary.reset();
    lines.push(config);
  }
  const replaced = await plainly(template, '', [['log', '-1', '--format=%s', baseSha]]);
  await plainly(template, http, [['ls-remote', 'REMOTE']]);
  control = { replaced: replaced.trim(), connections: proxy.connections };
  proxy.connections = 0;
  cpSync(join(template, '.git'), join(tree, '.git'), { recursive: true });
  addConfig(tree, lines.join('\n'));
}

beforeAll(async () => {
  await new Promise<void>((resolve) => proxyServer.listen(0, '127.0.0.1', resolve));
  const address = proxyServer.address();
  proxy.port = typeof address === 'object' && address ? address.port : 0;
  source = hostileRepository({ '.gitattributes': attributes, '.gitmodules': gitmodules });
  trace = join(source, '../trace');
  const hostEnvironment = { GIT_DIR: '/nonexistent', GIT_TRACE: trace, GIT_SSH_COMMAND: `touch ${trace}` };
  for (const [name, value] of Object.entries(hostEnvironment)) vi.stubEnv(name, value);
  const script = executing('', [
    ...edit,
    write('sub/.gitmodules', startingModules),
    gitOps({ action: 'add', files: ['sub/.gitmodules'] }),
    commit,
    call('Bash', { command: 'rm -r sub; echo x >> .gitmodules; echo x >> .git/config' }),
    call('Bash', { command: waitInside }),
    gitOps({ action: 'status' }),
    commit,
    gitOps({ action: 'diff' }),
    gitOps({ action: 'log' }),
    gitOps({ action: 'push' }),
    gitOps({ action: 'push' }),
    gitOps({ action: 'pr-create' }),
    say('Handed over.'),
  ]);
  world = await startWorld({ source, script: scriptOf(script) });
  workItemId = await approved(world, 'An item in a planted repository');
  await logged(world, workItemId, 'until [ -e /tree/go ]');
  tree = join(world.root, globSync('.jvagent/trees/*/*/files', { cwd: world.root })[0] ?? '');
  await plantAll((await world.session(workItemId))?.item?.plan?.baseSha ?? '');
  world.fault({ target: 'git', match: { path: 'git-receive-pack' }, times: 1, do: { status: 401 } });
  writeFileSync(join(tree, 'go'), '');
  await world.until(workItemId, 'pr-created');
  answers = await answersOf(world, workItemId);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  proxyServer.close();
  await world.close();
  rmSync(dirname(source), { recursive: true, force: true });
});

const gitAnswers = (action: string) => answers.filter(({ input }) => input.action === action);

test.each(Object.keys(attacks))('%s starts nothing in status, commit, diff, log, push and pull request', (title) => {
  expect(planted.get(title)?.control, 'plain git').toBe(true);
  expect(planted.get(title)?.canary.fired()).toBe(false);
});

test('GC-04 what is committed is what the file holds, byte by byte', async () => {
  const { item } = (await world.session(workItemId)) ?? {};
  const { directory } = world.emulators.tenants.acme;
  const blob = await git(directory, ['show', `${item?.change?.commit?.sha}:jsonpointer.js`]);
  expect(blob).toBe(readFileSync(join(tree, 'jsonpointer.js'), 'utf8').trim());
});

test('GC-07 our merge does not start a merge driver that the repository names', async () => {
  const fixture = await createFixture({ 'a.txt': 'one\n', '.gitattributes': attributes });
  const canary = createCanary(fixture.root);
  const ours = await fixture.tree();
  writeFileSync(join(ours.folder, 'a.txt'), 'ours\n');
  const { sha } = accepted(await ours.commit(fixture.base));
  const theirs = await commitFiles(fixture.remote, 'feature/acme-9', { 'a.txt': 'theirs\n' }, fixture.base);
  await fixture.repository.fetch();
  await plainGit(ours.folder, ['init', '--quiet', '.']);
  addConfig(ours.folder, `[merge "x"]\ndriver = ${canary.program} %A`);
  await plainGit(ours.folder, ['fetch', '--quiet', fixture.remote, fixture.base, theirs]);
  await plainGit(ours.folder, ['reset', '--quiet', fixture.base]);
  await plainGit(ours.folder, ['commit', '--quiet', '-am', 'ours']);
  await plainGit(ours.folder, ['merge', '--no-edit', theirs]);
  expect(canary.fired(), 'plain git').toBe(true);
  canary.reset();
  expect((await fixture.repository.merge(sha, theirs)).conflicts).not.toEqual([]);
  expect(canary.fired()).toBe(false);
  await fixture.close();
});

test('GC-10 a proxy gets no connection of fetch or push', () => {
  expect(control.connections, 'plain git').toBeGreaterThan(0);
  expect(proxy.connections).toBe(0);
});

test('GC-12 a push that the remote answers with 401 is refused as such, and the next one goes through', () => {
  expect(gitAnswers('push').map(refusedWith)[0]).toBe('OUTSIDE_AUTH');
});

test('GC-19 .gitmodules cannot be written or committed, and those of the repository start nothing', () => {
  expect(gitAnswers('commit').map(refusedWith)).toEqual(['PATH_META', undefined]);
  const printed = printedBy(answers, '>> .gitmodules');
  expect(printed).toMatch(/\.gitmodules: Read-only[\s\S]*\.git\/config: (Read-only|Permission denied)/);
  expect(existsSync(join(tree, 'sub'))).toBe(false);
});

test('GC-23 a replaced base changes no diff of ours', () => {
  expect(control.replaced, 'plain git').toBe('forged');
  const [diff] = gitAnswers('diff').map(({ result }) => JSON.parse(result));
  expect(diff.files.map(({ path }: { path: string }) => path)).toEqual(['jsonpointer.js']);
  expect(gitAnswers('log')[0]?.result).not.toContain('forged');
});

test("GC-27 git starts with a fixed environment, whatever the host's environment holds", async () => {
  expect(existsSync(trace)).toBe(false);
  const fixture = await createFixture({ 'a.txt': 'one\n' });
  const counting = createCountingGit(fixture.root);
  const repository = await fixture.open({ file: counting.file });
  await repository.fetch();
  const fixed = /^(PATH|HOME|XDG_CONFIG_HOME|LANG|SSH_ASKPASS|PWD|OLDPWD|SHLVL|_|GIT_.*)$/;
  const names = [...counting.environmentNames()];
  expect(counting.text()).not.toContain(trace);
  expect(names.filter((name) => !fixed.test(name))).toEqual([]);
  for (const name of ['GIT_TRACE', 'GIT_SSH_COMMAND']) expect(names).not.toContain(name);
  await fixture.close();
});
