import { expect, test } from 'vitest';
import { createWorld } from '../world.ts';

const { url, ask, file } = await createWorld();
const edit = (id: number) => `/acme/AcmeImplementation/_workitems/edit/${id}`;

async function get(path: string, cookie = '') {
  const response = await fetch(url + path, { headers: { cookie } });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function post(path: string, form: Record<string, string>, { cookie = '', origin = url } = {}) {
  return fetch(url + path, {
    method: 'POST',
    body: new URLSearchParams(form),
    redirect: 'manual',
    headers: { cookie, origin },
  });
}

test('a person finds the boards, their columns and tiles', async () => {
  const id = await file('Guard <keys>');
  expect((await get('/')).text).toContain('href="/globex/GlobexImplementation/_boards"');
  const board = await get('/acme/acmeimplementation/_boards');
  expect(board.text).toContain('aria-label="Plan Ready"');
  expect(board.text).toContain(`href="${edit(id)}"`);
  expect(board.text).toContain('Guard &lt;keys&gt;');
  expect(board.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('the engineer approves by a button, and the API says who did', async () => {
  const id = await file('x');
  expect((await get(edit(id))).text).toContain('aria-label="Move to Approved"');
  const moved = await post(edit(id), { state: 'Approved', rev: '1' });
  expect(moved.status).toBe(303);
  const { fields } = (await ask(`_apis/wit/workItems/${id}`)).json;
  expect(fields).toMatchObject({ 'System.State': 'Approved', 'System.ChangedBy': { displayName: 'Eli Engineer' } });
  expect((await get(edit(id))).text).toContain('State: New → Approved');
});

test('a comment that comes while a page is open does not undo the button on it, another change does', async () => {
  const id = await file('x');
  await post(edit(id), { comment: 'Meanwhile' });
  expect((await post(edit(id), { state: 'Approved', rev: '1' })).status).toBe(303);
  expect((await post(edit(id), { state: 'Rejected', rev: '2' })).status).toBe(412);
});

test('the acting person can be chosen, and is remembered per organization', async () => {
  const id = await file('x');
  const chosen = await post('/acme/_acting', { person: 'olga@acme.test', back: edit(id) });
  expect(chosen.headers.get('location')).toBe(edit(id));
  const cookie = chosen.headers.get('set-cookie')?.split(';')[0] ?? '';
  await post(edit(id), { comment: 'Why?' }, { cookie });
  expect((await get(edit(id))).text).toContain('Comment by Olga Other');
  const away = await post('/acme/_acting', { person: 'olga@acme.test', back: '//evil.test' });
  expect(away.headers.get('location')).toBe('/');
});

test('a plan in a comment is readable, and a hostile one is harmless', async () => {
  const id = await file('x', {
    'System.Description': '<p>Steps<script>alert(1)</script><img src=x onerror=alert(1)></p>',
  });
  await post(edit(id), { comment: '## Plan\r\n- edit `a.ts`\r\n<script>alert(2)</script>' });
  const { text } = await get(edit(id));
  expect(text).toContain('<h4>Plan</h4>');
  expect(text).toContain('<li>edit <code>a.ts</code></li>');
  expect(text).not.toMatch(/<script|<img/);
});

test('the description is edited as markdown, and a stale page says so', async () => {
  const id = await file('x');
  await post(edit(id), { description: '**new**', rev: '1' });
  expect((await get(edit(id))).text).toContain('<strong>new</strong>');
  const stale = await post(edit(id), { description: 'old', rev: '1' });
  expect(stale.status).toBe(412);
  expect(await stale.text()).toMatch(/role="alert">VS403351/);
});

test('a person files a work item on the board', async () => {
  const area = 'AcmeImplementation\\Web';
  const form = { type: 'User Story', title: 'Wish', description: 'so *that*', tags: 'jvagent', area };
  const made = await post('/acme/AcmeImplementation/_boards', form);
  const page = await get(made.headers.get('location') ?? '');
  expect(page.text).toContain('User Story');
  expect(page.text).toContain('<em>that</em>');
  expect(page.text).toContain(`<option selected>${area}</option>`);
});

test('a person changes tags and area on the page of a work item', async () => {
  const id = await file('x', { 'System.Tags': 'old' });
  const form = { rev: '1', tags: 'jvagent; urgent', area: 'AcmeImplementation\\Web' };
  expect((await post(edit(id), form)).status).toBe(303);
  const { fields } = (await ask(`_apis/wit/workItems/${id}`)).json;
  expect(fields).toMatchObject({ 'System.Tags': 'jvagent; urgent', 'System.AreaPath': form.area });
  expect((await post(edit(id), { rev: '2', area: 'Mars' })).status).toBe(400);
});

test('a form from another site changes nothing', async () => {
  const id = await file('x');
  expect((await post(edit(id), { state: 'Approved', rev: '1' }, { origin: 'https://evil.test' })).status).toBe(403);
  expect((await ask(`_apis/wit/workItems/${id}`)).json.fields['System.State']).toBe('New');
});

test('a page that is not there says so', async () => {
  expect((await get(edit(4711))).status).toBe(404);
  expect((await get('/nobody/Nothing/_boards')).status).toBe(404);
});
