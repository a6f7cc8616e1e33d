/** What a planted `.git` and planted files make plain git do, and what they make ours do: nothing. */
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { systemClock } from '../../src/base/clock.ts';
import { push } from '../../src/git/push.ts';
import { Permit } from '../../src/work-items/gate/permit.ts';
import {
  accepted,
  codeOf,
  commitFiles,
  createCanary,
  createFixture,
  type Fixture,
  plainGit,
  type TreeFixture,
} from './fixture.ts';

let fixture: Fixture;
let theirs = '';
beforeAll(async () => {
  fixture = await createFixture({ 'a.txt': 'one\n', 'b.txt': 'b\n' });
  theirs = await commitFiles(fixture.remote, 'feature/acme-900', { 'a.txt': 'theirs\n' }, fixture.base);
  await fixture.repository.fetch();
});
afterAll(() => fixture.close());

function write(tree: TreeFixture, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree.folder, path)), { recursive: true });
    writeFileSync(join(tree.folder, path), text);
    if (path.includes('hooks/')) chmodSync(join(tree.folder, path), 0o755);
  }
}

let items = 1_000;

/** All that the host ever does with a tree: read, commit, diff, merge, push, fetch. */
async function everything(tree: TreeFixture, allowMeta: readonly string[] = []): Promise<string> {
  const { repository } = fixture;
  const { sha } = accepted(await tree.commit(fixture.base, { allowMeta }));
  await repository.diff(fixture.base, sha, { textBytesMax: 10_000 });
  await repository.log(sha, 3);
  await repository.merge(sha, theirs);
  items += 1;
  const branch = `feature/acme-${items}`;
  const binding = {
    kind: 'push',
    agentId: 'a',
    tenant: 't',
    workItemId: items,
    rev: 1,
    sha,
    branch,
    configDigest: 'd',
  } as const;
  accepted(await push(Permit.mint('p', binding, systemClock), { repository, sha, branch }));
  await repository.fetch();
  return sha;
}

/** A tree with a repository that the agent made in it: its `.git`, a commit of it, and config lines. */
async function plantedTree(config: string, files: Record<string, string> = {}): Promise<TreeFixture> {
  const tree = await fixture.tree();
  await plainGit(tree.folder, ['init', '--quiet', '.']);
  await plainGit(tree.folder, ['fetch', '--quiet', fixture.remote, fixture.base, theirs]);
  await plainGit(tree.folder, ['reset', '--quiet', fixture.base]);
  write(tree, { 'a.txt': 'agent\n', ...files });
  writeFileSync(join(tree.folder, '.git/config'), `${readFileSync(join(tree.folder, '.git/config'))}\n${config}\n`);
  return tree;
}

interface Attack {
  id: string;
  config: (program: string) => string;
  files?: (program: string) => Record<string, string>;
  /** What makes plain git fall for it. */
  control: string[][];
  allowMeta?: string[];
}

const attacks: Attack[] = [
  { id: 'GC-01 core.fsmonitor', config: (it) => `[core]\nfsmonitor = ${it}`, control: [['status']] },
  {
    id: 'GC-04 filter.clean',
    config: (it) => `[filter "x"]\nclean = ${it}\nsmudge = ${it}`,
    files: () => ({ '.gitattributes': '* filter=x\n' }),
    control: [['add', '-A']],
    allowMeta: ['.gitattributes'],
  },
  {
    id: 'GC-07 merge.driver',
    config: (it) => `[merge "x"]\ndriver = ${it} %A`,
    files: () => ({ '.gitattributes': '* merge=x\n' }),
    control: [
      ['add', '-A'],
      ['commit', '-m', 'x'],
      ['merge', '--no-edit', 'THEIRS'],
    ],
    allowMeta: ['.gitattributes'],
  },
  {
    id: 'GC-16 include.path',
    config: () => '[include]\npath = ../agent.inc',
    files: (it) => ({ 'agent.inc': `[core]\nfsmonitor = ${it}\n` }),
    control: [['status']],
  },
  {
    id: 'hooks',
    config: () => '',
    files: (it) => ({ '.git/hooks/pre-commit': `#!/bin/sh\n${it}\n`, '.git/hooks/pre-push': `#!/bin/sh\n${it}\n` }),
    control: [
      ['add', '-A'],
      ['commit', '-m', 'x'],
    ],
  },
  {
    id: 'diff.external and textconv',
    config: (it) => `[diff]\nexternal = ${it}\n[diff "x"]\ntextconv = ${it}`,
    files: () => ({ '.gitattributes': '* diff=x\n' }),
    control: [['diff']],
    allowMeta: ['.gitattributes'],
  },
];

describe('a planted repository', () => {
  it.each(attacks)('$id runs with plain git and never with ours', async ({ config, files, control, allowMeta }) => {
    const canary = createCanary(fixture.root);
    const tree = await plantedTree(config(canary.program), files?.(canary.program));
    canary.reset();
    for (const args of control)
      await plainGit(
        tree.folder,
        args.map((it) => (it === 'THEIRS' ? theirs : it)),
      );
    expect(canary.fired(), 'the control').toBe(true);
    canary.reset();
    const sha = await everything(tree, allowMeta);
    expect(canary.fired()).toBe(false);
    expect(await git(fixture.repository.gitDir, ['show', `${sha}:a.txt`])).toBe(
      readFileSync(join(tree.folder, 'a.txt'), 'utf8').trim(),
    );
  });

  it('GC-10: a planted proxy gets no connection from ours', async () => {
    let connections = 0;
    const proxy = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const address = proxy.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    try {
      const tree = await plantedTree(`[http]\nproxy = http://127.0.0.1:${port}`);
      await plainGit(tree.folder, ['ls-remote', fixture.url]);
      expect(connections, 'the control').toBeGreaterThan(0);
      connections = 0;
      await everything(tree);
      expect(connections).toBe(0);
    } finally {
      proxy.close();
    }
  });

  it('GC-12: a planted askPass is not asked', async () => {
    const canary = createCanary(fixture.root, 'exit 1');
    const tree = await plantedTree(`[core]\naskPass = ${canary.program}\n[credential]\nhelper = "!${canary.program}"`);
    await plainGit(tree.folder, ['ls-remote', fixture.url]);
    expect(canary.fired(), 'the control').toBe(true);
    canary.reset();
    const closed = await fixture.open({ remote: { url: fixture.url, token: 'wrong-token-123' } });
    await expect(closed.fetch()).rejects.toMatchObject({ facts: { kind: 'auth' } });
    expect(canary.fired()).toBe(false);
  });

  it('GC-19: .gitmodules is a meta path; where it is allowed, no submodule is fetched or started', async () => {
    const canary = createCanary(fixture.root, 'exit 1');
    const modules = `[submodule "x"]\npath = sub\nurl = ext::${canary.program}\nupdate = !${canary.program}\n`;
    const tree = await plantedTree('', { '.gitmodules': modules });
    expect(codeOf(await tree.read())).toBe('PATH_META');
    await plainGit(tree.folder, ['-c', 'protocol.ext.allow=always', 'ls-remote', `ext::${canary.program}`]);
    expect(canary.fired(), 'the control').toBe(true);
    canary.reset();
    await everything(tree, ['.gitmodules']);
    expect(canary.fired()).toBe(false);
  });

  it('GC-23: replaced objects of the agent change no diff of ours', async () => {
    const tree = await plantedTree('');
    await plainGit(tree.folder, ['replace', fixture.base, theirs]);
    const control = await plainGit(tree.folder, ['show', `${fixture.base}:a.txt`]);
    expect(control.stdout.toString(), 'the control').toBe('theirs\n');
    const sha = await everything(tree);
    expect(await fixture.repository.changedPaths(fixture.base, sha)).toEqual(['a.txt']);
  });

  it('.git as a file that points elsewhere is not followed', async () => {
    const tree = await fixture.tree();
    rmSync(join(tree.folder, '.git'), { recursive: true });
    write(tree, { '.git': `gitdir: ${fixture.remote}\n`, 'a.txt': 'agent\n' });
    await everything(tree);
    expect(existsSync(join(fixture.remote, 'index'))).toBe(false);
  });
});
