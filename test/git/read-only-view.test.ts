import { cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeReadOnlyView } from '../../src/git/read-only-view.ts';
import { createFixture, type Fixture, plainGit } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await createFixture({ 'a.txt': 'one\n', 'dir/b.txt': 'b\n' });
});
afterAll(() => fixture.close());

it('lets git in the tree show status, diff, log and blame, without a remote or a token', async () => {
  const tree = await fixture.tree();
  const objects = join(fixture.repository.gitDir, 'objects');
  const view = await makeReadOnlyView({
    repository: fixture.repository,
    folder: join(fixture.root, 'view'),
    sha: fixture.base,
    branch: 'feature/acme-123',
    objectsMount: objects,
  });
  expect(view).toEqual({ viewFolder: join(fixture.root, 'view'), objectsFolder: objects, objectsMount: objects });
  // A copy stands in for the read-only mount.
  rmSync(join(tree.folder, '.git'), { recursive: true });
  cpSync(view.viewFolder, join(tree.folder, '.git'), { recursive: true });
  writeFileSync(join(tree.folder, 'a.txt'), 'two\n');
  const inside = async (...args: string[]) => {
    const env = {
      GIT_OPTIONAL_LOCKS: '0',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
    };
    const { stdout, stderr, code } = await plainGit(tree.folder, args, env);
    return code === 0 ? stdout.toString() : `failed: ${stderr}`;
  };
  expect(await inside('status', '--short', '--branch')).toBe('## feature/acme-123\n M a.txt\n');
  expect(await inside('diff', '--stat')).toContain('a.txt | 2 +-');
  expect(await inside('log', '--format=%s')).toBe('seed\n');
  expect(await inside('blame', '--porcelain', 'dir/b.txt')).toContain('author People');
  expect(await inside('rev-parse', 'origin/customer/acme')).toBe(`${fixture.base}\n`);
  expect(await inside('remote')).toBe('');
  expect(await inside('fsck', '--connectivity-only')).not.toContain('failed');
});

it('can be read by the sandbox user and written by nobody else, whatever our umask', async () => {
  const before = process.umask(0o077);
  try {
    const folder = join(fixture.root, 'closed-view');
    const repository = await fixture.open({ folder: join(fixture.root, 'closed') });
    await repository.fetch();
    await makeReadOnlyView({
      repository,
      folder,
      sha: fixture.base,
      branch: 'feature/acme-1',
      objectsMount: '/objects',
    });
    for (const path of ['', 'objects', 'objects/info', 'refs'])
      expect(statSync(join(folder, path)).mode & 0o777).toBe(0o755);
    for (const path of ['HEAD', 'config', 'packed-refs', 'index', 'objects/info/alternates']) {
      expect(statSync(join(folder, path)).mode & 0o777, path).toBe(0o644);
    }
    mkdirSync(join(fixture.root, 'unused'));
    expect(statSync(join(repository.gitDir, 'objects')).mode & 0o755).toBe(0o755);
  } finally {
    process.umask(before);
  }
});
