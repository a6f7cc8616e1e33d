/** The commands that read and write the platform's state, with no platform running. */
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type Refusal, refuse } from '../../../src/refusal.ts';
import type { Intent, LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { approval, plan, postedPlan, rules } from '../../work-items/fixture.ts';
import { acme, createCliWorkspace, findItem, session } from '../fixture.ts';

async function jsonOf(run: (...args: string[]) => Promise<{ out: string }>, ...args: string[]) {
  return JSON.parse((await run(...args, '--json')).out);
}

test('status shows every agent, also a disabled one and why', async () => {
  const { run, fill } = createCliWorkspace({ 'docs/jvAgent.json': { id: 'docs', heartbeat: 'often' } });
  await fill(findItem);
  const status = await jsonOf(run, 'status');
  expect(status.nodes).toEqual([]);
  const [ready, disabled] = status.agents;
  const nothing = { lastHeartbeatAt: null, nextLookAt: null, waiting: 0, running: 0, usdToday: 0 };
  expect(ready).toEqual({ id: acme, state: 'ready', ...nothing });
  expect(disabled).toMatchObject({ id: 'docs', state: 'disabled', code: 'CONFIG_INVALID' });
});

test('status shows a running turn and its cost', async () => {
  const { run, fill } = createCliWorkspace();
  await fill(async (store) => {
    await findItem(store);
    await store.usage.add(session, { usd: 0.5, tokens: { input: 1, cached: 2, output: 3 }, turns: 1 });
    await store.sessions.claim({ ...session, owner: 'node-1', leaseMs: 60_000, batchMax: 1 });
  });
  const { agents } = await jsonOf(run, 'status');
  expect(agents[0]).toMatchObject({ state: 'running', running: 1, usdToday: 0.5 });
});

test('an agent whose model, looks or program fail is failing, with the reason', async () => {
  const { run, fill } = createCliWorkspace();
  const modelFault = { ...refuse('OUTSIDE_AUTH', 'invalid x-api-key'), since: 1, tries: 2, until: 9 };
  await fill((store) => store.agents.set(acme, { modelFault }));
  const failing = async () => (await jsonOf(run, 'status')).agents[0];
  expect(await failing()).toMatchObject({ state: 'failing', code: 'OUTSIDE_AUTH', why: 'invalid x-api-key' });
  await fill((store) => store.agents.set(acme, { modelFault: null }));
  const waits = async (sessionId: string, why: Refusal) =>
    fill(async (store) => {
      const key = { agentId: acme, sessionId };
      await store.sessions.ensure(key);
      const claim = await store.sessions.claim({ ...key, owner: 'node-1', leaseMs: 60_000, batchMax: 1 });
      await store.sessions.release({
        ...key,
        epoch: claim?.epoch ?? 0,
        claimId: claim?.claimId ?? '',
        end: 'rested',
        why,
      });
    });
  await waits('main', refuse('OUTSIDE_LIMITED', 'slow down'));
  expect(await failing()).toMatchObject({ state: 'failing', code: 'OUTSIDE_LIMITED' });
  await waits('main', refuse('RATE', 'too many messages'));
  expect((await failing()).state).toBe('ready');
  await waits('wi-12', refuse('CRASHED', 'a turn broke'));
  expect(await failing()).toMatchObject({ state: 'failing', code: 'CRASHED' });
});

test('pause stops one agent or all, holds, and is in the audit log with its author', async () => {
  const { run, fill } = createCliWorkspace();
  expect((await run('pause', acme)).code).toBe(0);
  expect((await jsonOf(run, 'status')).agents[0]).toMatchObject({ state: 'paused', code: 'PAUSED' });
  expect(await jsonOf(run, 'explain', acme, '12')).toMatchObject({ code: 'PAUSED' });
  const { out } = await run('explain', acme, '12');
  expect(out.match(/The platform is not running: run `jvagent start`\.$/gm), out).toHaveLength(1);
  await run('resume', acme);
  await run('pause');
  expect(await fill((store) => store.platform.pausedAt())).toBeTypeOf('number');
  await run('resume');
  expect((await jsonOf(run, 'status')).agents[0].state).toBe('ready');
  const entries = await jsonOf(run, 'audit', 'tail', acme);
  expect(entries.map((entry: { action: string }) => entry.action)).toEqual(['pause', 'resume', 'pause', 'resume']);
  expect(entries[0].actor).toMatch(/^person\/./);
});

test('release ends the hold and says what it was', async () => {
  const { run, fill } = createCliWorkspace();
  await fill((store) => store.agents.set(acme, { hold: refuse('HOLD', 'version 2 failed') }));
  expect((await run('release', acme)).out).toContain('version 2 failed');
  expect((await fill((store) => store.agents.get(acme))).hold).toBeUndefined();
});

test('show prints the session, its item and its log in order', async () => {
  const { run, fill } = createCliWorkspace();
  await fill(async (store) => {
    await findItem(store);
    const call = { at: 2, kind: 'tool-call', tool: 'Read', input: { file_path: 'index.js' } };
    await store.log.append(session, [{ at: 1, kind: 'text', text: 'Reading' }, call]);
  });
  const view = await jsonOf(run, 'show', acme, 'wi-12');
  expect(view).toMatchObject({
    ...session,
    phase: 'planning',
    state: 'Planning',
    workItemId: 12,
    attempts: 0,
    usd: 0,
    tokens: { input: 0, cached: 0, output: 0 },
    log: [
      { at: 1, kind: 'text', text: 'Reading' },
      { at: 2, kind: 'tool-call', tool: 'Read', input: { file_path: 'index.js' } },
    ],
  });
  expect(Object.keys(view.log[0])).toEqual(['at', 'kind', 'text']);
  const { out } = await run('show', acme, 'wi-12');
  expect(out).toContain('Read index.js');
});

test('send and heartbeat leave a message for the platform to find', async () => {
  const { run, fill } = createCliWorkspace();
  expect((await run('send', `agent/${acme}`, 'work.process', '{"workItemId": 12}')).code).toBe(0);
  expect((await run('heartbeat', acme)).code).toBe(0);
  const messages = await fill((store) => store.messages.unrouted(10));
  expect(messages).toMatchObject([
    { to: `agent/${acme}`, command: 'work.process', payload: { workItemId: 12 } },
    { to: `agent/${acme}`, command: 'heartbeat' },
  ]);
  expect(messages[0]?.from).toMatch(/^person\/./);
});

test('a decision about an item is left for the platform; one that makes no sense is refused with the reason', async () => {
  const { run, fill } = createCliWorkspace();
  const unknown = await run('cancel', acme, '12');
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('has not started work item 12') });
  await fill(findItem);
  expect(await run('rollback', acme, '12')).toMatchObject({ code: 1, err: expect.stringContaining('in planning') });
  expect((await run('cancel', acme, '12')).code).toBe(0);
  expect((await run('retry', acme, '12')).code).toBe(0);
  const messages = await fill((store) => store.messages.unrouted(10));
  expect(messages).toMatchObject([
    { to: `agent/${acme}`, command: 'work.cancel', payload: { workItemId: 12 } },
    { to: `agent/${acme}`, command: 'work.retry', payload: { workItemId: 12 } },
  ]);
  expect((await run('cancel', acme, 'twelve')).code).toBe(2);
});

test('a deployed item cannot be retried, unless the board refuses to show it as deployed', async () => {
  const { run, fill } = createCliWorkspace();
  const [sha, branch] = ['c'.repeat(40), 'feature/acme-12'];
  const opened: LifecycleEvent = {
    kind: 'effect-done',
    intent: { kind: 'open-pr', branch, sha, nth: 1 },
    result: { number: 4 },
  };
  const road: LifecycleEvent[] = [
    { kind: 'plan-submitted', plan, text: postedPlan.text, hash: postedPlan.hash, baseSha: sha, contentHash: 'c' },
    { kind: 'approved', approval, branch },
    opened,
    { kind: 'merged', mergedSha: sha },
  ];
  const apply = (events: LifecycleEvent[]) =>
    fill(async (store) => {
      const claim = await store.sessions.claim({ ...session, owner: 'node-1', leaseMs: 60_000, batchMax: 1 });
      const turn = { ...session, epoch: claim?.epoch ?? 0, claimId: claim?.claimId ?? '' };
      for (const event of events) await store.items.apply({ ...turn, rules: { ...rules, deploys: false }, event });
      await store.sessions.release({ ...turn, end: 'rested' });
    });
  await fill(findItem);
  await apply(road);
  expect(await run('retry', acme, '12')).toMatchObject({ code: 1, err: expect.stringContaining('it is deployed') });
  const seen = { rev: 9, state: 'PR Created', at: 1, configDigest: 'd' };
  const intent: Intent = { kind: 'show', phase: 'deployed', nth: 9 };
  await apply([{ kind: 'effect-refused', intent, refusal: refuse('OUTSIDE_REFUSED', 'a rule'), seen }]);
  expect((await run('retry', acme, '12')).code).toBe(0);
});

test('what waited for a pause or a hold continues when a person ends it', async () => {
  const { run, fill } = createCliWorkspace();
  await fill(async (store) => {
    await findItem(store);
    const claim = await store.sessions.claim({ ...session, owner: 'node-1', leaseMs: 60_000, batchMax: 1 });
    const turn = { ...session, epoch: claim?.epoch ?? 0, claimId: claim?.claimId ?? '' };
    const wakeAt = Date.now() + 3_600_000;
    await store.sessions.release({ ...turn, end: 'rested', wakeAt, why: refuse('PAUSED', 'paused') });
    await store.agents.pause(acme);
  });
  await run('resume', acme);
  const due = await fill((store) => store.sessions.due({ max: 10 }));
  expect(due).toMatchObject([session]);
});

test('a message to an agent that cannot take it is refused with its fault', async () => {
  const { run } = createCliWorkspace({ 'docs/jvAgent.json': { id: 'other' } });
  const { code, err } = await run('send', 'agent/docs', 'hello');
  expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('CONFIG_INVALID') });
});

test('costs are summed by the requested keys', async () => {
  const { run, fill } = createCliWorkspace();
  const amount = { usd: 0.25, tokens: { input: 10, cached: 5, output: 2 }, turns: 1 };
  await fill(async (store) => {
    await store.sessions.ensure(session);
    await store.usage.add(session, amount);
    await store.usage.add(session, amount);
  });
  const month = new Date().toISOString().slice(0, 7);
  const sum = { usd: 0.5, tokens: { input: 20, cached: 10, output: 4 }, turns: 2 };
  expect(await jsonOf(run, 'costs', '--by', 'agent,month')).toEqual([{ agent: acme, month, ...sum }]);
  expect(await jsonOf(run, 'costs')).toEqual([{ agent: acme, ...sum }]);
  expect(await jsonOf(run, 'costs', '--by', 'phase')).toEqual([{ phase: 'conversation', ...sum }]);
  const [{ week, ...ofWeek }] = (await jsonOf(run, 'costs', '--by', 'agent,week')) as [{ week: string }];
  expect(ofWeek).toEqual({ agent: acme, ...sum });
  // The Monday before.
  expect(new Date(week).getUTCDay()).toBe(1);
  expect(Math.floor((Date.now() - Date.parse(week)) / 86_400_000)).toBeOneOf([0, 1, 2, 3, 4, 5, 6]);
});

test('an export is one canonical JSON object per line', async () => {
  const { run } = createCliWorkspace();
  await run('pause', acme);
  await run('resume', acme);
  const lines = (await run('audit', 'export', acme)).out.trim().split('\n');
  expect(lines.map((line) => JSON.parse(line).seq)).toEqual([1, 2]);
  expect((await run('audit', 'verify')).out).toContain(`${acme} is whole`);
});

test('a backup is restored as it was, paused, and the old state is kept', async () => {
  const { run, fill, path } = createCliWorkspace();
  await fill(findItem);
  const file = path('backup.db');
  expect((await run('backup', file)).code).toBe(0);
  expect(await run('backup', file)).toMatchObject({ code: 1, err: expect.stringContaining('already exists') });
  await fill(async (store) => {
    for (const found of await store.sessions.list(acme)) expect(await store.sessions.remove(found)).toBe(true);
  });
  const { out } = await run('restore', file);
  expect(out).toContain('1 open work item');
  expect(out).toMatch(/kept as .*state\.db\.\d+/);
  const [pausedAt, found] = await fill(async (store) => [
    await store.platform.pausedAt(),
    await store.sessions.list(acme),
  ]);
  expect(pausedAt).toBeTypeOf('number');
  expect(found).toMatchObject([{ ...session, phase: 'planning' }]);
});

test('a backup into a folder is restored in another workspace, which then is paused', async () => {
  const { run, fill, path } = createCliWorkspace();
  await fill(findItem);
  mkdirSync(path('backups'));
  const { out } = await run('backup', '--dir', path('backups'), '--keep', '2');
  expect(out).toContain('backups has 1 backup now; at most 2 are kept.');
  const [name = ''] = readdirSync(path('backups'));
  const other = createCliWorkspace();
  expect((await other.run('restore', join(path('backups'), name))).out).toContain('paused the platform');
  expect(await other.fill((store) => store.platform.pausedAt())).toBeTypeOf('number');
  expect(await other.fill((store) => store.sessions.list(acme))).toMatchObject([{ ...session, phase: 'planning' }]);
});

test('backup takes a file, or a folder and how many are kept there', async () => {
  const { run, path } = createCliWorkspace();
  const wrong = [
    [],
    ['a.db', '--dir', path('')],
    ['--dir', path('')],
    ['a.db', '--keep', '3'],
    ['--dir', path(''), '--keep', '0'],
  ];
  for (const args of wrong) expect((await run('backup', ...args)).code).toBe(2);
});

test('every command on a state that a newer version wrote ends with the reason in plain words', async () => {
  const { run, fill, path } = createCliWorkspace();
  await fill(findItem);
  const database = new Database(path('.jvagent/state/state.db'));
  database.prepare("insert into kysely_migration values ('999-later', '2027-01-01T00:00:00Z')").run();
  database.prepare("update platform set value = '999-later' where name = 'readable-from'").run();
  database.close();
  for (const command of ['status', 'pause', 'costs']) {
    const { code, err } = await run(command);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/^[^\n]*was written by a newer version[^\n]*\n$/),
    });
  }
});

test('a file that is not a backup does not replace the state', async () => {
  const { run, fill, path, write } = createCliWorkspace();
  await fill(findItem);
  write('notes.txt', 'x'.repeat(5_000));
  expect(await run('restore', path('notes.txt'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('not a backup'),
  });
  expect(await run('restore', path('codechange'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('codechange is not a file. Name a file that `jvagent backup` wrote.'),
  });
  expect(await run('restore', path('missing.db'))).toMatchObject({
    code: 1,
    err: expect.stringContaining('does not exist'),
  });
  expect(await fill((store) => store.platform.pausedAt())).toBeUndefined();
});

test('an agent without a board shows no work items', async () => {
  const { run } = createCliWorkspace({ 'docs/jvAgent.json': { id: 'docs' } });
  for (const command of ['explain', 'cancel', 'retry', 'rollback']) {
    expect(await run(command, 'docs', '1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('docs has no board'),
    });
  }
});
