import { afterEach, expect, test } from 'vitest';
import { createAzureDevOps } from '../../../emulators/azure-devops/azure-devops.ts';
import { createControl } from '../../../emulators/control/control.ts';
import { createFaults, type Fault } from '../../../emulators/control/faults.ts';
import { createGitHub } from '../../../emulators/github/github.ts';
import { createSlack } from '../../../emulators/slack/slack.ts';
import { type Listener, listen, type Respond } from '../../../src/base/http.ts';

const github = createGitHub({ tenants: [] });
const slack = createSlack();
const open: Listener[] = [];
const people = [{ name: 'Rita', mail: 'rita@acme.test', role: 'other' as const }];
const azureDevOps = createAzureDevOps({ tenants: [{ organization: 'acme', project: 'Acme', people }] });
afterEach(async () => {
  for (const listener of open.splice(0)) await listener.close();
});

async function world(emulator: Respond = () => Response.json({ real: true })) {
  const faults = createFaults();
  const tenantOf = (request: Request) => new URL(request.url).pathname.split('/')[1];
  const served = await listen(faults.wrap('azureDevOps', emulator, tenantOf));
  const scripts: unknown[] = [];
  const control = await listen(
    createControl({ faults, azureDevOps, github, slack, setModelScript: (script) => void scripts.push(script) }),
  );
  open.push(served, control);
  const arm = (fault: Partial<Fault>) => faults.add({ target: 'azureDevOps', match: {}, do: {}, ...fault });
  return { faults, url: served.url, control: control.url, scripts, arm };
}

test('a request is recorded with what was answered, and never with its authorization', async () => {
  const { faults, url } = await world(async (request) => Response.json({ got: await request.text() }, { status: 201 }));
  const answer = await fetch(`${url}/acme/x?y=1`, {
    method: 'POST',
    body: 'hello',
    headers: { authorization: 'Basic abc' },
  });
  expect(await answer.json()).toEqual({ got: 'hello' });
  const [entry] = faults.requests();
  expect(entry).toMatchObject({
    target: 'azureDevOps',
    tenant: 'acme',
    method: 'POST',
    path: '/acme/x?y=1',
    status: 201,
    bodyText: 'hello',
  });
  expect(entry?.authorizationSha256).toHaveLength(16);
  expect(JSON.stringify(entry)).not.toContain('abc');
});

test('a fault applies as often as it says, only to its own tenant, method and path', async () => {
  const { url, arm } = await world();
  arm({ tenant: 'acme', match: { method: 'get', path: 'WIQL$' }, times: 1, do: { status: 503, body: '<html>' } });
  const statusOf = async (path: string, method = 'GET') => (await fetch(url + path, { method })).status;
  expect(await statusOf('/globex/wiql')).toBe(200);
  expect(await statusOf('/acme/wiql', 'POST')).toBe(200);
  expect(await statusOf('/acme/other')).toBe(200);
  expect(await statusOf('/acme/wiql')).toBe(503);
  expect(await statusOf('/acme/wiql')).toBe(200);
});

test('a fault for some callers leaves all others alone, and the record says whom it hit', async () => {
  const { url, faults, arm } = await world();
  const statusOf = async (authorization: string) => (await fetch(url, { headers: { authorization } })).status;
  await statusOf('Basic agent');
  const callers = faults.requests().flatMap(({ authorizationSha256 = [] }) => authorizationSha256);
  arm({ match: { callers }, do: { status: 503 } });
  expect(await statusOf('Basic person')).toBe(200);
  expect(await statusOf('Basic agent')).toBe(503);
  expect(faults.requests().map(({ isStruck = false }) => isStruck)).toEqual([false, false, true]);
});

test('a fault with headers alone adds them to the real answer', async () => {
  const { url, arm } = await world();
  arm({ do: { headers: { 'Retry-After': '2' } } });
  const answer = await fetch(url);
  expect(answer.status).toBe(200);
  expect(answer.headers.get('retry-after')).toBe('2');
  expect(await answer.json()).toEqual({ real: true });
});

test('a fault keeps the request from its emulator, unless it strikes after the commit', async () => {
  let done = 0;
  const { url, arm } = await world(() => Response.json({ done: ++done }));
  arm({ times: 1, do: { status: 500 } });
  arm({ times: 1, do: { status: 500, afterCommit: true } });
  expect((await fetch(url)).status).toBe(500);
  expect(done).toBe(0);
  expect((await fetch(url)).status).toBe(500);
  expect(done).toBe(1);
});

test('a dropped answer is never sent, committed or not', async () => {
  let done = 0;
  const { faults, url, arm } = await world(() => Response.json({ done: ++done }));
  arm({ times: 1, do: { dropAnswer: true } });
  arm({ times: 1, do: { dropAnswer: true, afterCommit: true } });
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect(done).toBe(0);
  await expect(fetch(url)).rejects.toThrow('fetch failed');
  expect(done).toBe(1);
  expect(faults.requests().map((request) => request.status)).toEqual([null, null]);
  expect((await fetch(url)).status).toBe(200);
});

test('a delay holds the answer back', async () => {
  const { url, arm } = await world();
  arm({ do: { delayMs: 60 } });
  const before = performance.now();
  await fetch(url);
  expect(performance.now() - before).toBeGreaterThan(50);
});

test('the control sets and clears faults, shows requests and passes on the script', async () => {
  const { url, control, scripts } = await world();
  const post = (path: string, body: unknown) =>
    fetch(control + path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  expect((await post('/faults', { target: 'azureDevOps', do: { status: 429 } })).status).toBe(201);
  expect((await fetch(`${url}/a`)).status).toBe(429);
  await fetch(`${control}/faults`, { method: 'DELETE' });
  expect((await fetch(`${url}/b`)).status).toBe(200);
  const seen = (target: string) => fetch(`${control}/requests?target=${target}`).then((answer) => answer.json());
  expect(await seen('azureDevOps')).toMatchObject([
    { path: '/a', status: 429 },
    { path: '/b', status: 200 },
  ]);
  expect(await seen('slack')).toEqual([]);
  await post('/model-script', { turns: [] });
  expect(scripts).toEqual([{ turns: [] }]);
});

test('the process gets rules and a person a new account while everything runs', async () => {
  const { control } = await world();
  const post = (path: string, body: unknown) =>
    fetch(control + path, { method: 'POST', body: JSON.stringify(body) }).then(({ status }) => status);
  const rule = { kind: 'required', field: 'Custom.Risk', states: ['Approved'] };
  expect(await post('/process-rules', { tenant: 'acme', rules: [rule] })).toBe(201);
  expect(azureDevOps.tenant('acme').rules).toEqual([rule]);
  expect(await post('/process-rules', { tenant: 'acme', rules: [{ kind: 'moon' }] })).toBe(400);
  const { id } = azureDevOps.tenant('acme').people[0] ?? {};
  const renamed = { tenant: 'acme', mail: 'rita@acme.test', newMail: 'rita.new@acme.test' };
  expect(await post('/people', renamed)).toBe(201);
  expect(azureDevOps.tenant('acme').people).toMatchObject([{ id, mail: 'rita.new@acme.test' }]);
  expect(await post('/people', renamed)).toBe(400);
  expect(await post('/repository', { tenant: 'acme', newName: 'a b' })).toBe(400);
});

test('a fault that does not fit its form is refused with the reason', async () => {
  const { control } = await world();
  const refused = await fetch(`${control}/faults`, {
    method: 'POST',
    body: '{"target":"moon","do":{},"match":{"path":"("}}',
  });
  expect(refused.status).toBe(400);
  expect(await refused.text()).toMatch(/target.*path/);
});
