import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../../emulators/git-http/git.ts';
import { systemClock } from '../../src/base/clock.ts';
import { OutsideError } from '../../src/base/errors.ts';
import type { Respond } from '../../src/base/http.ts';
import { push } from '../../src/git/push.ts';
import { isAboutContent } from '../../src/git/push-refusal.ts';
import { Permit } from '../../src/work-items/gate/permit.ts';
import { accepted, codeOf, commitFiles, createCountingGit, createFixture, type Fixture, token } from './fixture.ts';

let fixture: Fixture;
/** What the server does instead of answering the next request of a push, once: its look at the refs, or the push itself. */
let trouble: { at: 'look' | 'push'; act: (answer: () => Promise<Response>) => Promise<Response> } | undefined;

const wrap =
  (handler: Respond): Respond =>
  async (request) => {
    const { pathname, search } = new URL(request.url);
    const isLook = search.includes('git-receive-pack');
    const isPush = pathname.endsWith('/git-receive-pack');
    const now = trouble;
    if (!now || !(now.at === 'look' ? isLook : isPush)) return handler(request);
    trouble = undefined;
    return now.act(async () => handler(request));
  };

beforeAll(async () => {
  fixture = await createFixture({ 'a.txt': 'one\n' }, { wrap });
});
afterAll(() => fixture.close());

const permit = (sha: string, branch: string, workItemId = 123) =>
  Permit.mint(
    'permit-1',
    {
      kind: 'push',
      agentId: 'codechange/acme',
      tenant: 'acme/app',
      workItemId,
      rev: 3,
      sha,
      branch,
      configDigest: 'd',
    },
    systemClock,
  );

async function change(text: string, parent = fixture.base): Promise<string> {
  const tree = await fixture.tree(parent);
  writeFileSync(join(tree.folder, 'a.txt'), text);
  return accepted(await tree.commit(parent)).sha;
}

async function pushed(sha: string, branch: string, expected?: string, repository = fixture.repository) {
  const workItemId = Number(/acme-(\d+)/.exec(branch)?.[1] ?? 123);
  return push(permit(sha, branch, workItemId), { repository, sha, branch, ...(expected ? { expected } : {}) });
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => (error instanceof OutsideError ? { ...error.facts, message: error.message } : error),
  );

const remoteRefs = () => git(fixture.remote, ['for-each-ref', '--format=%(refname) %(objectname)']);

describe('a push', () => {
  it('makes the branch at exactly this commit, and again does nothing', async () => {
    const sha = await change('first\n');
    const before = await remoteRefs();
    expect(await pushed(sha, 'feature/acme-123-x')).toEqual({ already: false });
    const after = await remoteRefs();
    expect(after.split('\n').filter((line) => !before.includes(line))).toEqual([
      `refs/heads/feature/acme-123-x ${sha}`,
    ]);
    expect(await pushed(sha, 'feature/acme-123-x')).toEqual({ already: true });
    expect(await remoteRefs()).toBe(after);
  });

  it('moves the branch on from where it was expected', async () => {
    const first = await change('1\n');
    const second = await change('2\n', first);
    await pushed(first, 'feature/acme-1');
    expect(await pushed(second, 'feature/acme-1', first)).toEqual({ already: false });
    expect(await fixture.repository.remoteHead('feature/acme-1')).toBe(second);
  });

  it('never overwrites what people pushed, seen or unseen', async () => {
    const mine = await change('mine\n');
    await pushed(mine, 'feature/acme-2');
    const theirs = await commitFiles(fixture.remote, 'feature/acme-2', { 'b.txt': 'people\n' }, mine);
    const next = await change('next\n', mine);
    expect(await failure(pushed(next, 'feature/acme-2', mine))).toMatchObject({ kind: 'conflict' });
    await fixture.repository.fetch();
    expect(await failure(pushed(next, 'feature/acme-2', theirs))).toMatchObject({ kind: 'conflict' });
    expect(await fixture.repository.remoteHead('feature/acme-2')).toBe(theirs);
    const onTop = await change('next\n', theirs);
    expect(await pushed(onTop, 'feature/acme-2', theirs)).toEqual({ already: false });
  });

  it.each(['look', 'push'] as const)('is stopped when the branch moves after we saw it, before its %s', async (at) => {
    const branch = at === 'look' ? 'feature/acme-30' : 'feature/acme-31';
    const mine = await change(`lease ${at}\n`);
    let theirs = '';
    trouble = {
      at,
      act: async (answer) => {
        theirs = await commitFiles(fixture.remote, branch, { 'c.txt': 'people\n' }, fixture.base);
        return answer();
      },
    };
    expect(await failure(pushed(mine, branch))).toMatchObject({ kind: 'conflict' });
    expect(await fixture.repository.remoteHead(branch)).toBe(theirs);
  });

  it('repeats the remote’s words when its rules refuse it', async () => {
    const sha = await change('protected\n');
    const refused = await failure(pushed(sha, 'feature/acme-666'));
    expect(refused).toMatchObject({ kind: 'refused', typeKey: 'PUSH_REJECTED' });
    expect(refused).toHaveProperty('message', expect.stringContaining('Protected branch update failed'));
  });

  it('GC-12: fails as auth with a token that the remote does not take', async () => {
    const sha = await change('auth\n');
    const repository = await fixture.open({ remote: { url: fixture.url, token: 'wrong-token-123' } });
    const refused = await failure(pushed(sha, 'feature/acme-4', undefined, repository));
    expect(refused).toMatchObject({ kind: 'auth', system: 'git' });
    expect(JSON.stringify(refused)).not.toMatch(/wrong-token|d3Jvbmct/);
  });

  it('counts as done when only the answer was lost', async () => {
    const sha = await change('lost\n');
    trouble = {
      at: 'push',
      act: async (answer) => {
        await answer();
        return new Response('gone', { status: 502 });
      },
    };
    expect(await pushed(sha, 'feature/acme-5')).toEqual({ already: false });
  });

  it.each(['look', 'push'] as const)('counts as done if another of ours was faster, after its %s', async (at) => {
    const branch = at === 'look' ? 'feature/acme-32' : 'feature/acme-33';
    const sha = await change(`twice ${at}\n`);
    trouble = {
      at,
      act: async (answer) => {
        await pushed(sha, branch);
        return answer();
      },
    };
    expect(await pushed(sha, branch)).toEqual({ already: false });
  });

  it('says that it may be done when no good answer came', async () => {
    const sha = await change('dark\n');
    trouble = { at: 'push', act: async () => new Response('gone', { status: 502 }) };
    expect(await failure(pushed(sha, 'feature/acme-6'))).toMatchObject({
      kind: 'failed',
      maybeDone: true,
      status: 502,
    });
  });

  it('needs a permit for this commit, this branch and this work item, unspent', async () => {
    const sha = await change('permit\n');
    const { repository } = fixture;
    const branch = 'feature/acme-7';
    expect(codeOf(await push(permit(sha, branch, 8), { repository, sha, branch }))).toBe('BRANCH_WORKITEM');
    expect(codeOf(await push(permit(fixture.base, branch, 7), { repository, sha, branch }))).toBe('GATE_TENANT');
    const once = permit(sha, branch, 7);
    once.spend(['push'], { sha, branch });
    expect(codeOf(await push(once, { repository, sha, branch }))).toBe('GATE_UNVERIFIABLE');
    expect(await repository.remoteHead(branch)).toBeUndefined();
  });

  it.each(['main', 'refs/heads/main', ':main', '--mirror', 'customer/acme', 'feature/globex-123', 'feature/acme-12'])(
    'GB: to %s never starts git',
    async (branch) => {
      const counting = createCountingGit(fixture.root);
      const repository = await fixture.open({ file: counting.file });
      const before = await remoteRefs();
      const refused = await push(permit(fixture.base, branch), { repository, sha: fixture.base, branch });
      expect(codeOf(refused)).toMatch(/^BRANCH_/);
      expect(counting.text()).toBe('');
      expect(await remoteRefs()).toBe(before);
    },
  );

  it('shows its token in no argument, file or error', async () => {
    const sha = await change('token\n');
    const counting = createCountingGit(fixture.root);
    const repository = await fixture.open({ file: counting.file });
    await pushed(sha, 'feature/acme-9', undefined, repository);
    const forms = [token, Buffer.from(`x-access-token:${token}`).toString('base64')];
    const starts = counting.text().split('\n');
    const holding = starts.filter((line) => forms.some((form) => line.includes(form)));
    expect(holding.length).toBeGreaterThan(0);
    expect(new Set(holding.map((line) => line.split('=')[0]))).toEqual(new Set(['env GIT_CONFIG_VALUE_0']));
    const files = await git(fixture.remote, ['grep', '--no-index', '-l', '-F', token, '--', repository.gitDir]).catch(
      () => '',
    );
    expect(files).toBe('');
  });
});

describe('a no of the remote', () => {
  const rules = '[remote rejected] (push declined due to repository rule violations)';
  const hook = '[remote rejected] (pre-receive hook declined)';

  it.each([
    ['push protection', rules, '- GITHUB PUSH PROTECTION\n- Push cannot contain secrets: Token, path: README.md:30'],
    ['a large file', hook, "error: File big.bin is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB"],
    [
      'a secret in a file of permissions',
      rules,
      '- GITHUB PUSH PROTECTION\n- Push cannot contain secrets\n  - commit: 5f1c\n    path: src/permissions/keys.ts:1',
    ],
    [
      'a large signed file',
      hook,
      "error: File dist/signed-app.bin is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB",
    ],
    [
      'a secret in a denied list',
      rules,
      'VS403654: The push was rejected because it contains one or more secrets.\npath: /src/denied-list.txt',
    ],
    ['a prohibited name', hook, 'GitLab: File name src/denied.key was prohibited by the pattern "\\.key$".'],
    ['a message', hook, "GitLab: Commit message does not follow the pattern '^PROJ-'"],
    ['a secret', hook, 'PUSH BLOCKED: Secrets detected in code changes'],
    ['a secret in Azure', rules, 'VS403654: The push was rejected because it contains one or more secrets.'],
    ["a hook's own words", hook, 'Please keep tabs out of our YAML.'],
  ])('about %s is about the content', (_, summary, words) => {
    expect(isAboutContent(summary, words)).toBe(true);
  });

  it.each([
    ['a protected branch', hook, 'error: GH006: Protected branch update failed for refs/heads/main.'],
    ['a rule of branches', rules, '- Changes must be made through a pull request.'],
    ['a new branch', rules, '- Cannot create ref due to creations being restricted.'],
    ['rights to a path', hook, 'The path src/keys.ts is not permitted for your token.'],
    ['signatures', hook, 'error: GH013: commits here must be signed.'],
    ['rights in Azure', hook, 'TF402455: Pushes to this branch are not permitted; you must use a pull request.'],
    ['rights in GitLab', hook, 'GitLab: You are not allowed to push code to protected branches on this project.'],
    ['nothing that it names', hook, ''],
    ['a rule that it does not name', rules, '- Something is not as it should be.'],
  ])('about %s is for a person', (_, summary, words) => {
    expect(isAboutContent(summary, words)).toBe(false);
  });
});
