import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { Octokit } from '@octokit/rest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGitWorld } from '../git-world.ts';

let world: Awaited<ReturnType<typeof startGitWorld>>;
beforeAll(async () => {
  world = await startGitWorld();
  world.github.rename('acme', 'pointer');
});
afterAll(() => world.close());

const call = (method: string, path: string, token = 'acme-agent-token') =>
  fetch(`${world.apiUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: { 'user-agent': 'test', authorization: `Bearer ${token}` },
  });

test('a look at an earlier name is told where the repository is now, and a change to send it there again', async () => {
  const look = await call('GET', '/repos/acme/jsonpointer/pulls?state=all');
  expect(look.status).toBe(301);
  const { message, url } = (await look.json()) as { message: string; url: string };
  expect(message).toBe('Moved Permanently');
  expect(url).toBe(look.headers.get('location'));
  expect(url).toMatch(/\/repositories\/1\/pulls\?state=all$/);
  expect((await call('POST', '/repos/acme/jsonpointer/pulls')).status).toBe(307);
  expect((await call('GET', new URL(url).pathname)).status).toBe(200);
});

test('who may not see the repository learns nothing of its new name', async () => {
  const answer = await call('GET', '/repos/acme/jsonpointer', 'globex-agent-token');
  expect(answer.status).toBe(404);
  expect(await answer.text()).not.toContain('pointer');
});

test('a client that follows finds the repository under its new name', async () => {
  const client = new Octokit({ auth: 'acme-agent-token', baseUrl: world.apiUrl, userAgent: 'test' }).rest;
  const { data } = await client.repos.get({ owner: 'acme', repo: 'jsonpointer' });
  expect(data.full_name).toBe('acme/pointer');
});

test('git follows the redirect of an earlier name when it clones', async () => {
  const folder = mkdtempSync(join(world.folder, 'clone-'));
  const { code, said } = await world.run(folder, 'clone', world.remote('acme', 'acme-agent-token'), 'here');
  expect(said).toMatch(/redirecting to .*\/acme\/pointer\.git/);
  expect(code).toBe(0);
});
