import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { changeRows } from '../store/test-database.ts';
import { modelRequests } from './look.ts';
import { planned } from './road.ts';
import { adding, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

let world: World;
afterEach(() => world.close());

test('a work item goes from New to Deployed, and the merged commit is what runs', async () => {
  world = await startWorld({ agents: [{ tenant: 'acme', config: { slack: { statusChannel: 'C0STATUS' } } }] });
  const engineer = world.engineer();
  const id = await world.fileBug();

  const planned = await world.until(id, 'plan-ready');
  expect(await engineer.state(id)).toBe('Plan Ready');
  const plan = planned.item?.plan;
  expect((await world.comments(id)).map(({ text }) => text.split('\n').at(-1))).toContain(
    `Plan ${plan?.hash.slice(0, 12)}`,
  );
  expect(planned.pendingTrigger).toMatchObject({ type: 'azdo_state_change', workItemId: id });
  expect(world.branches()).toEqual(['customer/acme', 'main']);

  await engineer.move(id, 'Approved');
  const { item } = await world.until(id, 'pr-created');
  expect(await engineer.state(id)).toBe('PR Created');
  expect(item?.approval?.by.name).toBe('Erin Engineer');
  expect(item?.change?.commit?.tests).toMatchObject({ passed: true });
  expect(world.branches()).toContain(item?.change?.branch);

  await engineer.merge(item?.review?.number ?? 0);
  const deployed = await world.until(id, 'deployed');
  const { instance } = world.emulators.tenants.acme;
  expect(deployed.item?.deployment?.deployedSha).toBe(deployed.item?.deployment?.mergedSha);
  expect(instance.version()).toBe(deployed.item?.deployment?.mergedSha);
  expect(instance.history()).toHaveLength(1);
  expect(await engineer.state(id)).toBe('Deployed');
  expect(deployed.closedAt).toBeDefined();
  expect(globSync('.jvagent/trees/*/*', { cwd: world.root })).toEqual([]);
  expect(existsSync(join(world.root, '.jvagent/state/state.db'))).toBe(world.settings.databaseUrl === undefined);
  expect(await world.supervisor.store.audit.verify('codechange/acme')).toEqual({ ok: true });
  // Each of its two runs of the engine counts, with all that it cost, for the phase that it was for.
  const spent = await world.supervisor.store.usage.listPhases();
  expect(spent.map(({ phase, turns }) => [phase, turns])).toEqual([
    ['executing', 1],
    ['planning', 1],
  ]);
  const sum = spent.reduce((usd, one) => usd + one.usd, 0);
  expect(sum).toBeCloseTo(await world.supervisor.store.usage.usdToday('codechange/acme'));
  const posts = await world.supervisor.store.outbox.of('codechange/acme');
  const phases = ['planning', 'plan-ready', 'executing', 'pr-created', 'deploying', 'deployed'];
  const texts = posts.map(({ what }) => ('text' in what ? what.text : ''));
  expect(texts.map((text) => /: ([a-z-]+)\./.exec(text)?.[1])).toEqual(phases);
  const { app, channel } = { app: 'default', channel: 'C0STATUS' };
  for (const post of posts) expect(post).toMatchObject({ sessionId: `wi-${id}`, place: { app, channel } });
});

/** Damages a stored conversation in its middle, as a bad disk or a hand in the database would. */
async function damage(workItemId: number): Promise<void> {
  const database = { folder: join(world.root, '.jvagent/state'), url: world.settings.databaseUrl };
  const of = `session_id = 'wi-${workItemId}' AND uuid IS NOT NULL`;
  const middle = `SELECT id FROM transcript_rows WHERE ${of} ORDER BY id LIMIT 1 OFFSET 2`;
  await changeRows(database, `DELETE FROM transcript_rows WHERE id = (${middle})`);
}

test('the conversation continues after a restart, from stored rows alone; a damaged one is replaced by a new one from the plan', async () => {
  const damaged = 'An item whose conversation is damaged';
  const git = { testCommand: 'node --check jsonpointer.js' };
  world = await startWorld({
    agents: [{ tenant: 'acme', config: { git } }],
    script: scriptOf(...adding('notes.md', damaged)),
  });
  const id = await world.fileBug();
  const before = await world.until(id, 'plan-ready');
  const other = await planned(world, damaged);
  const lost = await world.session(other);
  await world.restart(() => damage(other));

  await world.engineer().move(id, 'Approved');
  const after = await world.until(id, 'pr-created');
  expect(after.engineSessionId).toBe(before.engineSessionId);
  expect(after.enginePlanHash).toBe(before.item?.plan?.hash);
  expect(modelRequests(world).at(-1)).toContain('The plan is submitted and waiting for approval.');
  expect(await world.log(id)).not.toContain('could not be continued');

  const told = modelRequests(world).length;
  await world.engineer().move(other, 'Approved');
  const { item, engineSessionId } = await world.until(other, 'pr-created');
  expect(engineSessionId).not.toBe(lost?.engineSessionId);
  expect(item?.counts.attempts).toBe(0);
  const [first = ''] = modelRequests(world).slice(told);
  expect(first).toContain('You have no memory of the earlier conversation about work item');
  expect(first).toContain('- new: `notes.md`');
  expect(first).not.toContain('The plan is handed in.');
  expect(await world.log(other)).toMatch(
    /could not be continued: the message before row \d+ is missing\. A new one is started/,
  );
  const rows = await world.supervisor.store.transcripts.load({ agentId: 'codechange/acme', sessionId: `wi-${other}` });
  expect(JSON.stringify(rows)).not.toContain(lost?.engineSessionId);
});
