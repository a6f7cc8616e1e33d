import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { OutsideError } from '../../src/base/errors.ts';
import { listen } from '../../src/base/http.ts';
import { openRepository } from '../../src/git/repository.ts';
import { isRefusal } from '../../src/refusal.ts';

const root = mkdtempSync(join(tmpdir(), 'jvagent-odd-remotes-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const page = { 'content-type': 'text/html; charset=utf-8' };

/** The facts of the first question to a remote that gives this answer to everything, and the paths that it was asked. */
async function asked(answer: (path: string) => Response) {
  const paths: string[] = [];
  const listener = await listen(async (request) => {
    paths.push(new URL(request.url).pathname);
    return answer(new URL(request.url).pathname);
  });
  const repository = await openRepository({
    folder: mkdtempSync(join(root, 'r-')),
    remote: { url: `${listener.url}/acme/app.git`, token: 'git-token-123456' },
    targetBranch: 'main',
    branchPrefix: 'agent/',
    allowLoopback: true,
  });
  if (isRefusal(repository)) throw new Error(repository.why);
  const error = await repository.remoteHead('main').catch((thrown: unknown) => thrown);
  await listener.close();
  if (!(error instanceof OutsideError)) throw new Error(`no OutsideError but ${String(error)}`);
  return { ...error.facts, message: error.message, paths, url: listener.url };
}

test.each([301, 302, 307, 308])(
  'a repository that moved (%i) is told with its new address, and not followed',
  async (status) => {
    const location = '/new/app.git/info/refs?service=git-upload-pack';
    const { kind, moved, paths, url, message } = await asked(
      () => new Response(null, { status, headers: { location } }),
    );
    expect({ kind, moved }).toEqual({ kind: 'moved', moved: { setting: 'GIT_REMOTE', to: `${url}/new/app.git` } });
    expect(paths).toEqual(['/acme/app.git/info/refs']);
    expect(message).not.toContain('git-token-123456');
  },
);

test.each([
  ['a page', () => new Response('<html>Sign in', { headers: page })],
  ['a page with status 203', () => new Response('<html>Sign in', { status: 203, headers: page })],
  ['a redirect to one', () => new Response(null, { status: 302, headers: { location: '/_signin?x=1' } })],
])('a sign-in page in place of a repository is about GIT_TOKEN: %s', async (_, answer) => {
  expect(await asked(answer)).toMatchObject({ kind: 'auth', token: 'GIT_TOKEN' });
});

test('a remote that asks git to wait is waited for as long as it says', async () => {
  const facts = await asked(() => new Response('slow down', { status: 429, headers: { 'retry-after': '77' } }));
  expect(facts).toMatchObject({ kind: 'limited', status: 429, retryAfterMs: 77_000 });
});

test("any other bad answer is told in git's own words, without the headers", async () => {
  const { kind, message } = await asked(() => new Response('broken', { status: 500 }));
  expect(kind).toBe('failed');
  expect(message).toContain('returned error: 500');
  expect(message).not.toMatch(/header|Authorization/i);
});
