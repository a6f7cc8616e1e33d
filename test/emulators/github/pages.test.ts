import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGitWorld } from '../git-world.ts';

let world: Awaited<ReturnType<typeof startGitWorld>>;
let number = 0;
beforeAll(async () => {
  world = await startGitWorld();
  await world.pushBranch('jv/1-page', 'page.txt', '<b>new</b>\n');
  const answer = await world.github.fetch(
    new Request('http://github/repos/acme/jsonpointer/pulls', {
      method: 'POST',
      headers: { 'user-agent': 'test', authorization: 'Bearer acme-agent-token' },
      body: JSON.stringify({
        title: '<script>alert(1)</script>',
        body: '# Why\n\n- one `x`\n- two\n\n<img src=x>',
        head: 'jv/1-page',
        base: 'customer/acme',
        draft: true,
      }),
    }),
  );
  number = ((await answer.json()) as { number: number }).number;
});
afterAll(() => world.close());

const path = () => `/acme/jsonpointer/pull/${number}`;
const read = async (to: string, cookie = '') =>
  (await world.github.fetch(new Request(`http://github${to}`, { headers: { cookie } }))).text();
const press = (action: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  world.github.fetch(
    new Request(`http://github${path()}/${action}`, {
      method: 'POST',
      headers: { origin: 'http://github', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(fields),
    }),
  );

test('what agents wrote is shown as text', async () => {
  const page = await read(path());
  expect(page).not.toMatch(/<script>|<img|<b>/);
  expect(page).toContain('&lt;script&gt;');
  expect(page).toContain('<h3>Why</h3>');
  expect(page).toContain('<li>one <code>x</code></li>');
  expect(page).toContain('<span class="add">+&lt;b&gt;new&lt;/b&gt;</span>');
  expect(await read('/acme/jsonpointer/pulls')).toContain(`href="${path()}"`);
});

test('a form from another site presses no button', async () => {
  expect((await press('close', {}, { origin: 'http://evil' })).status).toBe(403);
});

test('a read-only user has no buttons and no right to press them', async () => {
  expect(await read(path(), 'role=reader')).not.toContain('<button class="main">');
  expect((await press('ready', {}, { cookie: 'role=reader' })).status).toBe(403);
});

test('the engineer makes it ready, asks for changes, and merges under their own name', async () => {
  expect(await read(path())).toContain('Ready for review');
  expect((await press('merge', { method: 'squash' })).status).toBe(405);
  expect((await press('ready')).status).toBe(303);
  expect((await press('request-changes', { body: 'please rename' })).status).toBe(303);
  expect(await read(path())).toMatch(/acme-engineer<\/strong> requested changes/);
  expect((await press('merge', { method: 'rebase' })).status).toBe(303);
  expect(await read(path())).toContain('Merged by <strong>acme-engineer</strong>');
});
