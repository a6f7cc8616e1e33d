import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { OutsideError } from '../../src/base/errors.ts';
import { makeReadOnlyView } from '../../src/git/read-only-view.ts';
import { openRepository } from '../../src/git/repository.ts';
import { openOutbound } from '../../src/outbound/outbound.ts';
import { outsideRefusal } from '../../src/work-items/outside-refusal.ts';
import { startInterceptingProxy } from '../outbound/intercepting-proxy.ts';
import {
  codeOf,
  commitFiles,
  createCountingGit,
  createFixture,
  type Fixture,
  makeBare,
  plainGit,
  token,
} from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({
    'a.txt': 'one\n',
    'dir/b.txt': 'b\n',
    link: { mode: '120000', content: 'a.txt' },
  });
});
afterAll(() => fixture.close());

describe('what is fetched', () => {
  it('is the target branch and our own branches, nothing of another agent', async () => {
    const own = await commitFiles(fixture.remote, 'feature/acme-7', { 'x.txt': 'x' }, fixture.base);
    const other = await commitFiles(fixture.remote, 'feature/globex-7', { 'y.txt': 'y' }, fixture.base);
    await git(fixture.remote, ['tag', 'v1', other]);
    expect(await fixture.repository.fetch()).toMatchObject({ targetSha: fixture.base, defaultBranch: 'main' });
    const { repository } = fixture;
    expect(await repository.contains(own)).toBe(true);
    expect(await repository.contains(other)).toBe(false);
    const refs = await git(repository.gitDir, ['for-each-ref', '--format=%(refname)']);
    expect(refs.split('\n')).toEqual(['refs/remotes/origin/customer/acme', 'refs/remotes/origin/feature/acme-7']);
    expect(repository.branchRule(7).protectedBranches).toContain('main');
  });

  it('is read live from the remote when asked for a head', async () => {
    expect(await fixture.repository.remoteHead('feature/none')).toBeUndefined();
    const sha = await commitFiles(fixture.remote, 'feature/acme-8', { 'x.txt': 'x' }, fixture.base);
    expect(await fixture.repository.remoteHead('feature/acme-8')).toBe(sha);
    expect(await fixture.repository.remoteHead('acme-8')).toBeUndefined();
  });

  it('is fetched once; if it has not moved, only its head is asked for', async () => {
    const counting = createCountingGit(fixture.root);
    const repository = await fixture.open({ folder: join(fixture.root, 'counted'), file: counting.file });
    const fetches = async () => {
      counting.reset();
      const { heads } = await repository.fetch();
      return [counting.starts('fetch'), heads.get('feature/acme-6')];
    };
    expect(await fetches()).toEqual([1, undefined]);
    expect(await fetches()).toEqual([0, undefined]);
    const sha = await commitFiles(fixture.remote, 'feature/acme-6', { 'x.txt': 'x' }, fixture.base);
    expect(await fetches()).toEqual([1, sha]);
    await git(fixture.remote, ['branch', '-D', 'feature/acme-6']);
    expect(await fetches()).toEqual([1, undefined]);
    expect(await fetches()).toEqual([0, undefined]);
  });

  it.each(['kunde/müller+eu', 'release/2.0+eu', 'a@b', '@', 'Customer/ACME', "it's/{a}!#1", '日本語'])(
    'is the target branch %j, from the remote and from a seed, and no other of nearly that name',
    async (targetBranch) => {
      const sha = await commitFiles(fixture.remote, targetBranch, { 'x.txt': targetBranch }, fixture.base);
      const near = await commitFiles(
        fixture.remote,
        `${targetBranch.normalize('NFD')}2`,
        { 'x.txt': 'y' },
        fixture.base,
      );
      const folder = (name: string) => join(fixture.root, `${name}-${Buffer.from(targetBranch).toString('hex')}`);
      const repository = await fixture.open({ folder: folder('odd'), targetBranch });
      expect(await repository.fetch()).toMatchObject({ targetSha: sha });
      expect(await repository.remoteHead(targetBranch)).toBe(sha);
      expect(await repository.contains(near)).toBe(false);
      expect(await repository.sharedWithTarget(fixture.base)).toBe(fixture.base);
      await plainGit(fixture.root, ['clone', '--quiet', '--bare', fixture.remote, folder('clone')]);
      const seeded = await fixture.open({ folder: folder('seeded'), targetBranch, seedFrom: folder('clone') });
      expect(await seeded.contains(sha)).toBe(true);
      const view = { repository, folder: folder('view'), sha, branch: targetBranch, objectsMount: repository.gitDir };
      expect(readFileSync(join((await makeReadOnlyView(view)).viewFolder, 'HEAD'), 'utf8')).toBe(
        `ref: refs/heads/${targetBranch}\n`,
      );
    },
  );

  it('says which branch is missing', async () => {
    const repository = await fixture.open({ folder: join(fixture.root, 'elsewhere'), targetBranch: 'customer/none' });
    await expect(repository.fetch()).rejects.toMatchObject({ facts: { kind: 'missing' } });
  });

  it('comes from the seed if there is one, and only once', async () => {
    const seedFrom = join(fixture.root, 'clone');
    await plainGit(fixture.root, ['clone', '--quiet', '--bare', fixture.remote, seedFrom]);
    const repository = await fixture.open({ folder: join(fixture.root, 'seeded'), seedFrom });
    expect(await repository.contains(fixture.base)).toBe(true);
    expect(await repository.contains(await git(fixture.remote, ['rev-parse', 'main']))).toBe(false);
  });

  it('does not fail if the seed is not a repository', async () => {
    const repository = await fixture.open({ folder: join(fixture.root, 'unseeded'), seedFrom: '/nonexistent' });
    expect(await repository.contains(fixture.base)).toBe(false);
  });
});

describe('what is read', () => {
  it('is read from exact commits', async () => {
    const { repository, base } = fixture;
    const next = await commitFiles(fixture.remote, 'feature/acme-9', { 'dir/b.txt': 'bb\n' }, base);
    await repository.fetch();
    expect(await repository.resolve('refs/remotes/origin/feature/acme-9')).toBe(next);
    expect(await repository.resolve('--all')).toBeUndefined();
    expect([await repository.isAncestor(base, next), await repository.isAncestor(next, base)]).toEqual([true, false]);
    expect(await repository.changedPaths(base, next)).toEqual(['dir/b.txt']);
    expect(await repository.pathsAt(base)).toEqual(['a.txt', 'dir/b.txt', 'link']);
    expect([await repository.exists(base, 'dir/b.txt'), await repository.exists(base, 'dir')]).toEqual([true, false]);
    expect(await repository.exists(base, 'dir/*')).toBe(false);
    expect(await repository.readFile(base, 'dir/b.txt', 100)).toEqual({ bytes: Buffer.from('b\n') });
    expect(await repository.readFile(base, 'dir/b.txt', 1)).toEqual({ fault: 'too-big' });
    expect(await repository.readFile(base, 'link', 100)).toEqual({ fault: 'link' });
    expect(await repository.readFile(base, 'none', 100)).toEqual({ fault: 'missing' });
    expect(await repository.log(next, 5)).toMatchObject([
      { sha: next, author: 'People', subject: 'seed' },
      { sha: base },
    ]);
  });

  it('GC-23: is the real tree, whatever a replacement says', async () => {
    const { repository, base } = fixture;
    const fake = await commitFiles(repository.gitDir, 'fake', { 'other.txt': 'x' });
    await git(repository.gitDir, ['replace', base, fake]);
    expect(await git(repository.gitDir, ['ls-tree', '--name-only', base])).toBe('other.txt');
    expect(await repository.pathsAt(base)).toEqual(['a.txt', 'dir/b.txt', 'link']);
    await git(repository.gitDir, ['replace', '-d', base]);
  });
});

describe('the remote', () => {
  const open = (url: string, allowLoopback: boolean) =>
    openRepository({
      folder: join(fixture.root, 'never'),
      remote: { url, token },
      targetBranch: 'customer/acme',
      branchPrefix: 'feature/acme-',
      allowLoopback,
    });

  it.each([
    'http://git.acme.test/app.git',
    `https://user:${token}@git.acme.test/app.git`,
    'https://git.acme.test/app.git?x=1',
    'https://git.acme.test/app.git#x',
    'ssh://git@git.acme.test/app.git',
    'git@git.acme.test:app.git',
    'ext::sh -c touch% canary',
    'file:///etc',
    '/etc',
    '--upload-pack=touch canary',
  ])('may not be %s', async (url) => {
    const refused = await open(url, true);
    expect(codeOf(refused)).toBe('CONFIG_INVALID');
    expect(JSON.stringify(refused)).not.toContain(token);
    expect(existsSync(join(fixture.root, 'never'))).toBe(false);
  });

  it('may be plain http only on loopback and only when that is allowed', async () => {
    expect(codeOf(await open(fixture.url, false))).toBe('CONFIG_INVALID');
    expect(codeOf(await open('http://127.0.0.1.evil.test/app.git', true))).toBe('CONFIG_INVALID');
  });
});

it('GC-27: git is started with the fixed environment and nothing of ours', async () => {
  const mark = join(fixture.root, 'ssh.fired');
  const planted: Record<string, string> = {
    GIT_DIR: '/nonexistent',
    GIT_SSH_COMMAND: `touch ${mark}`,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'core.fsmonitor',
    GIT_CONFIG_VALUE_0: `touch ${mark}`,
    GIT_TRACE: join(fixture.root, 'trace'),
    GLOBEX_TOKEN: 'globex',
  };
  const kept = { ...process.env };
  Object.assign(process.env, planted);
  try {
    const counting = createCountingGit(fixture.root);
    const repository = await fixture.open({ file: counting.file });
    await repository.fetch();
    await repository.pathsAt(fixture.base);
    const own = ['PATH', 'HOME', 'XDG_CONFIG_HOME', 'LANG', 'SSH_ASKPASS', 'PWD', 'OLDPWD', 'SHLVL', '_'];
    const others = [...counting.environmentNames()].filter((name) => !own.includes(name) && !name.startsWith('GIT_'));
    expect(others).toEqual([]);
    for (const name of ['GIT_SSH_COMMAND', 'GIT_TRACE']) expect(counting.environmentNames()).not.toContain(name);
    expect(counting.text()).not.toContain(mark);
  } finally {
    for (const name of Object.keys(planted)) delete process.env[name];
    Object.assign(process.env, kept);
  }
  expect(existsSync(mark)).toBe(false);
  expect(existsSync(join(fixture.root, 'trace'))).toBe(false);
});

it('an error of git carries its kind and its words, and no secret', async () => {
  const script = join(fixture.root, 'failing-git');
  writeFileSync(
    script,
    `#!/bin/sh\necho "fatal: unable to access: The requested URL returned error: 503 ${token}" >&2\nexit 128\n`,
  );
  chmodSync(script, 0o755);
  const repository = await fixture.open({ file: script });
  const error = await repository.remoteHead('x').catch((it: unknown) => it);
  expect(error).toMatchObject({ facts: { system: 'git', request: 'git ls-remote', kind: 'failed', status: 503 } });
  expect(String(error)).not.toContain(token);
});

it('the repository’s own config names no remote and no token', async () => {
  const config = readFileSync(join(fixture.repository.gitDir, 'config'), 'utf8');
  expect(config).not.toMatch(/remote|url|token/i);
  const empty = join(fixture.root, 'unused.git');
  await makeBare(empty);
  expect(existsSync(join(fixture.repository.gitDir, 'hooks'))).toBe(false);
});

describe("behind a company's proxy", () => {
  const host = 'git.example';
  const password = 'canary-of-the-proxy';

  async function openBehind(wish: { login?: string; isTrusted?: boolean; isNamed?: boolean } = {}) {
    const { login = `me:${password}`, isTrusted = true, isNamed = true } = wish;
    const origin = new URL(fixture.url).origin;
    const proxy = await startInterceptingProxy({ names: isNamed ? { [host]: origin } : {}, login });
    onTestFinished(proxy.close);
    const httpsProxy = proxy.url.replace('//', `//me:${password}@`);
    const outbound = openOutbound({ httpsProxy, noProxy: '', authorities: isTrusted ? [proxy.certificate] : [] });
    const remote = { url: `https://${host}/acme/app.git`, token, outbound };
    const folder = join(fixture.root, `behind-${proxy.url.split(':')[2]}`);
    const program = createCountingGit(fixture.root);
    const repository = await fixture.open({ folder, remote, file: program.file, allowLoopback: false });
    const started = () =>
      program
        .text()
        .split('\n')
        .filter((line) => line.startsWith('start '));
    return { repository, proxy, started };
  }
  const faultOf = async (wish: Parameters<typeof openBehind>[0]) => {
    const { repository } = await openBehind(wish);
    const error = await repository.fetch().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof OutsideError ? outsideRefusal(error, 'codechange/acme') : error;
  };

  it('fetches through it, trusts its authority, and shows its password in no argument', async () => {
    const { repository, proxy, started } = await openBehind();
    expect(await repository.fetch()).toMatchObject({ targetSha: fixture.base });
    expect(new Set(proxy.asked)).toEqual(new Set([`${host}:443`]));
    expect(started().length).toBeGreaterThan(2);
    expect(started().join()).not.toContain(password);
  });

  it('says what keeps it from the remote, and which setting is missing', async () => {
    expect(await faultOf({ isTrusted: false })).toEqual({
      refused: 'OUTSIDE_UNREACHABLE',
      why: 'git ls-remote: the certificate of git.example is signed by an authority, which this machine does not trust',
      fix: expect.stringMatching(/^Set NODE_EXTRA_CA_CERTS in \.env /),
    });
    expect(await faultOf({ login: 'me:other' })).toEqual({
      refused: 'OUTSIDE_UNREACHABLE',
      why: 'git ls-remote: the proxy asks for a name and password, or does not accept those in HTTPS_PROXY (407)',
      fix: expect.stringContaining('HTTPS_PROXY in .env'),
    });
    expect(await faultOf({ isNamed: false })).toEqual({
      refused: 'OUTSIDE_UNREACHABLE',
      why: 'git ls-remote: the proxy does not allow connections to git.example (403)',
      fix: expect.stringContaining('allow git.example'),
    });
  });
});
