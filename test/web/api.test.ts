/** What programs read and do: the same as the commands, as JSON. */
import { existsSync, writeFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { refuse } from '../../src/refusal.ts';
import { holdSupervisorLock } from '../../src/store/database/sqlite.ts';
import { acme, findItem, session } from '../cli/fixture.ts';
import { readExposition } from '../ops/exposition.ts';
import { apiToken, openDashboard, origin, viewToken } from './dashboard.ts';

const operate = { bearer: apiToken };
const look = { bearer: viewToken };
const rolledBack = `/api/items/${acme}/12/rollback`;

test.runIf(existsSync('/proc/locks')).each([
  ['/api/status', ['status', '--json']],
  [`/api/sessions/${acme}/wi-12`, ['show', acme, 'wi-12', '--json']],
])('%s is what `%j` prints', async (path, command) => {
  const { ask, run, store, clock, path: pathOf } = await openDashboard();
  await findItem(store);
  // More than a page shows at once.
  const entry = { kind: 'text', text: 'Read pointer.js.' };
  await store.log.append(
    session,
    Array.from({ length: 450 }, (_, at) => ({ at, ...entry })),
  );
  await store.agents.pause(acme);
  // As a platform that runs leaves it for commands.
  const lock = holdSupervisorLock(pathOf('.jvagent/state'));
  onTestFinished(() => lock?.release());
  writeFileSync(pathOf('.jvagent/state/dashboard.json'), JSON.stringify({ pid: process.pid, url: origin }));
  clock.time = Date.now();
  const answer = await ask(path, look);
  expect(answer.status).toBe(200);
  expect(await answer.json()).toEqual(JSON.parse((await run(...command)).out));
});

test('status names what needs a person, what waits, what runs and what has ended', async () => {
  const { ask, store } = await openDashboard();
  await findItem(store);
  await store.agents.pause(acme);
  const status = (await (await ask('/api/status', look)).json()) as Record<string, { agentId: string }[]>;
  expect(Object.keys(status)).toEqual(
    expect.arrayContaining(['nodes', 'needs', 'waits', 'running', 'ended', 'agents']),
  );
  expect(status.nodes).toEqual([{ pid: process.pid, url: 'http://127.0.0.1:7460' }]);
  expect(status.needs?.[0]).toMatchObject({ agentId: acme, code: 'PAUSED' });
});

test('a pause and its end are those of the commands, with who did it', async () => {
  const { ask, store } = await openDashboard();
  const paused = await ask('/api/pause', { ...operate, json: { agentId: acme } });
  expect(await paused.json()).toEqual({ done: expect.stringContaining(`${acme} is paused`) });
  expect((await store.agents.get(acme)).pausedAt).toBeDefined();
  expect(await store.platform.pausedAt()).toBeUndefined();
  expect((await ask('/api/resume', { ...operate, form: { agentId: acme } })).status).toBe(200);
  expect((await store.agents.get(acme)).pausedAt).toBeUndefined();
  expect((await ask('/api/pause', { ...operate, json: {} })).status).toBe(200);
  expect(await store.platform.pausedAt()).toBeDefined();
  const acts = (await store.audit.tail(acme, 9)).map(({ actor, action }) => [actor, action]);
  expect(acts).toEqual([
    ['person/api', 'pause'],
    ['person/api', 'resume'],
    ['person/api', 'pause'],
  ]);
  // Without any body, whatever a client says of its type.
  for (const headers of [{}, { 'content-type': 'application/json' }]) {
    expect((await ask('/api/resume', { ...operate, method: 'POST', headers })).status).toBe(200);
  }
  expect(await store.platform.pausedAt()).toBeUndefined();
  const unknown = await ask('/api/pause', { ...operate, json: { agentId: 'nobody' } });
  expect([unknown.status, await unknown.json()]).toEqual([404, expect.objectContaining({ refused: 'AGENT_ID' })]);
});

test('a decision about a work item is a message of the agent, or a reason why there is nothing to decide', async () => {
  const { ask, store } = await openDashboard();
  const none = await ask(rolledBack, { ...operate, json: {} });
  expect([none.status, await none.json()]).toEqual([
    409,
    expect.objectContaining({ why: expect.stringContaining('has not started') }),
  ]);
  await findItem(store);
  for (const name of ['cancel', 'retry']) {
    const answer = await ask(`/api/items/${acme}/12/${name}`, { ...operate, json: {} });
    expect([name, answer.status]).toEqual([name, 200]);
  }
  expect((await ask(rolledBack, { ...operate, json: {} })).status).toBe(409);
  const sent = await store.messages.unrouted(9);
  expect(sent.map(({ from, to, command, payload }) => [from, to, command, payload])).toEqual([
    ['person/api', `agent/${acme}`, 'work.cancel', { workItemId: 12 }],
    ['person/api', `agent/${acme}`, 'work.retry', { workItemId: 12 }],
  ]);
});

test("a release ends the hold of an agent's instance", async () => {
  const { ask, store } = await openDashboard();
  await store.agents.set(acme, { hold: { ...refuse('HOLD', 'the deployment of 12 failed'), since: 1 } });
  expect((await ask(`/api/agents/${acme}/release`, { ...operate, json: {} })).status).toBe(200);
  expect((await store.agents.get(acme)).hold).toBeUndefined();
});

test('a message gets its id, sender and time from the server, whatever was sent', async () => {
  const { ask, store } = await openDashboard();
  const forged = { id: 'mine', from: 'agent/docs', at: 1, causedBy: 'x' };
  const draft = { to: `agent/${acme}`, command: 'ask', payload: { text: 'Why?' } };
  const answer = await ask('/api/messages', { ...operate, json: { ...draft, ...forged } });
  expect(answer.status).toBe(201);
  const stored = (await answer.json()) as { id: string; at: number };
  expect(stored).toMatchObject({ ...draft, from: 'person/api' });
  expect(stored.id).not.toBe('mine');
  expect(stored.at).toBeGreaterThan(1);
  expect(stored).not.toHaveProperty('causedBy');
  expect(await store.messages.get(stored.id)).toMatchObject(draft);
  for (const json of [{ ...draft, to: 'nowhere' }, { ...draft, command: 'Not a command' }, {}]) {
    const refused = await ask('/api/messages', { ...operate, json });
    expect([refused.status, await refused.json()]).toEqual([400, expect.objectContaining({ why: expect.any(String) })]);
  }
});

test('a form is answered by its page, which says once to its own login what was done, and not what others did', async () => {
  const { ask, login } = await openDashboard();
  const page = { accept: 'text/html' };
  const [cookie, other] = [await login(), await login()];
  const markup = await (await ask('/', { cookie, headers: page })).text();
  const formToken = /name="formToken" value="([^"]+)"/.exec(markup)?.[1] ?? '';
  const sent = async (form: Record<string, string>) => {
    const answer = await ask('/api/pause', { cookie, form: { formToken, ...form }, headers: page });
    expect(answer.status).toBe(303);
    return answer.headers.get('location') ?? '';
  };
  const done = await sent({ agentId: acme, back: '/' });
  expect(await (await ask(done, { cookie })).text()).toContain(`${acme} is paused`);
  expect(await (await ask(done, { cookie: other })).text()).not.toContain('no new turns start');
  expect(await (await ask('/', { cookie })).text()).not.toContain('no new turns start');
  const refused = await sent({ agentId: '<script>alert(1)</script>', back: 'http://evil.example/' });
  expect(refused).toMatch(/^\/\?told=/);
  expect(await (await ask(refused, { cookie })).text()).toContain('AGENT_ID: there is no agent &lt;script&gt;');
});

test('metrics are for monitoring systems with a token', async () => {
  const { ask } = await openDashboard();
  const answer = await ask('/metrics', look);
  expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(readExposition(await answer.text()).jvagent_workers_running?.samples).toEqual({ '': 2 });
});

test('the audit log is what `audit tail` prints, the newest first', async () => {
  const { ask, run } = await openDashboard();
  for (const action of ['pause', 'resume', 'pause']) {
    expect((await ask(`/api/${action}`, { ...operate, json: { agentId: acme } })).status).toBe(200);
  }
  const { entries } = (await (await ask('/api/audit', look)).json()) as { entries: unknown[] };
  expect(entries).toHaveLength(3);
  expect(entries.toReversed()).toEqual(JSON.parse((await run('audit', 'tail', '--json')).out));
});

test('the costs are what `costs` sums by agent', async () => {
  const { ask, run, store } = await openDashboard();
  await store.sessions.ensure(session);
  const tokens = { input: 10, cached: 5, output: 2 };
  for (const usd of [0.25, 0.5]) await store.usage.add(session, { usd, tokens, turns: 1 });
  const { agents } = (await (await ask('/api/costs', look)).json()) as { agents: Record<string, unknown>[] };
  const printed = JSON.parse((await run('costs', '--json')).out) as Record<string, unknown>[];
  expect(agents.map(({ name, usd, tokens: all, turns }) => ({ agent: name, usd, tokens: all, turns }))).toEqual(
    printed,
  );
});

test('a database that is away is told with 503, not as a fault of the platform', async () => {
  const { ask, store, logged } = await openDashboard();
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { syscall: 'connect' });
  const away = vi.spyOn(store.nodes, 'list').mockRejectedValue(refused);
  onTestFinished(() => away.mockRestore());
  const answer = await ask('/api/status', { bearer: viewToken });
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { why: `the database cannot be reached: ${refused.message}`, fix: expect.stringContaining('when it is back') },
  ]);
  expect(logged).toEqual([]);
  away.mockRejectedValue(Object.assign(new Error('cannot execute INSERT'), { code: '25006' }));
  expect(await (await ask('/api/status', { bearer: viewToken })).text()).toContain('the database takes no writes');
});
