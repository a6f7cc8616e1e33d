import { randomBytes } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGitWorld } from '../git-world.ts';

let world: Awaited<ReturnType<typeof startGitWorld>>;
beforeAll(async () => {
  world = await startGitWorld();
});
afterAll(() => world.close());

const infoRefs = (path: string, token?: string) =>
  fetch(`${world.gitUrl}${path}/info/refs?service=git-upload-pack`, {
    headers: token ? { authorization: `Basic ${Buffer.from(`any:${token}`).toString('base64')}` } : {},
  });

test('without a token, or with an unknown one, it asks for one', async () => {
  for (const answer of [await infoRefs('/acme/jsonpointer.git'), await infoRefs('/acme/jsonpointer.git', 'wrong')]) {
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
  }
});

test("another tenant's repository looks like none at all", async () => {
  const foreign = await infoRefs('/globex/jsonpointer.git', 'acme-agent-token');
  const missing = await infoRefs('/globex/nothing.git', 'acme-agent-token');
  expect([foreign.status, await foreign.text()]).toEqual([missing.status, await missing.text()]);
  expect(foreign.status).toBe(404);
});

test('files of the repository are not served besides the protocol', async () => {
  const answer = await fetch(`${world.gitUrl}/acme/jsonpointer.git/config`);
  expect(answer.status).toBe(404);
});

test('a large push arrives in chunks and whole', async () => {
  const clone = await world.pushBranch('jv/1-large', 'large.bin', 'small');
  const bytes = randomBytes(3 << 20);
  writeFileSync(join(clone, 'large.bin'), bytes);
  await world.run(clone, 'commit', '--quiet', '-am', 'large');
  const pushed = await world.run(clone, '-c', 'http.postBuffer=65536', 'push', 'origin', 'jv/1-large');
  expect(pushed).toMatchObject({ code: 0 });
  const back = mkdtempSync(join(world.folder, 'back-'));
  await world.run(back, 'clone', '--quiet', '--branch', 'jv/1-large', world.remote('acme', 'acme-reader-token'), '.');
  expect((await world.run(back, 'rev-parse', 'HEAD')).said).toBe((await world.run(clone, 'rev-parse', 'HEAD')).said);
});

test('a read-only user cannot push', async () => {
  const clone = await world.pushBranch('jv/2-reader', 'a.txt', 'a');
  const pushed = await world.run(
    clone,
    'push',
    world.remote('acme', 'acme-reader-token'),
    'HEAD:refs/heads/jv/2-other',
  );
  expect(pushed.code).not.toBe(0);
  expect(pushed.said).toContain('403');
});

test('a protected branch refuses the agent and takes the engineer', async () => {
  const clone = await world.pushBranch('jv/3-protected', 'b.txt', 'b');
  const before = (await world.repository.branches()).get('customer/acme');
  for (const target of ['main', 'customer/acme']) {
    const pushed = await world.run(clone, 'push', 'origin', `HEAD:refs/heads/${target}`);
    expect(pushed.said).toContain('Protected branch update failed');
  }
  expect((await world.repository.branches()).get('customer/acme')).toBe(before);
  const engineer = world.remote('acme', 'acme-engineer-token');
  expect(await world.run(clone, 'push', engineer, 'HEAD:refs/heads/customer/acme')).toMatchObject({ code: 0 });
});

test('a lease on a head that has moved is refused', async () => {
  const clone = await world.pushBranch('jv/4-lease', 'c.txt', 'c');
  const stale = await world.run(
    clone,
    'push',
    '--force-with-lease=jv/4-lease:',
    'origin',
    'HEAD~1:refs/heads/jv/4-lease',
  );
  expect(stale.said).toContain('stale info');
});

test("the server's own refs cannot be pushed", async () => {
  const clone = await world.pushBranch('jv/5-refs', 'd.txt', 'd');
  const pushed = await world.run(clone, 'push', 'origin', 'HEAD:refs/pull/9/head');
  expect(pushed.code).not.toBe(0);
});
