import { mkdirSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { demoFix } from '../../../emulators/demo-repository/model-script.ts';
import { holdSupervisorLock } from '../../../src/store/database/sqlite.ts';
import { startEmulated } from '../emulated.ts';
import { acme, createCliWorkspace } from '../fixture.ts';

const { workItem } = demoFix();

test('a dry run says what would start and why not the rest, and writes nothing', async () => {
  const { run, emulators, engineer } = await startEmulated({
    devops: { workItemTypes: ['Bug'], requiredTag: 'jvagent' },
  });
  const [tagged, untagged, story] = [
    await engineer.file(workItem),
    await engineer.file(workItem),
    await engineer.file({ ...workItem, type: 'User Story' }),
  ];
  await engineer.setField(tagged, 'System.Tags', 'jvagent');
  await engineer.setField(story, 'System.Tags', 'jvagent');
  const { length } = emulators.faults.requests();
  const { out, code } = await run('heartbeat', acme, '--dry-run', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    agentId: acme,
    stopped: null,
    items: [
      { workItemId: tagged, state: 'New', phase: null, starts: true, why: null },
      { workItemId: untagged, starts: false, why: expect.stringContaining('does not have the tag "jvagent"') },
      { workItemId: story, starts: false, why: expect.stringContaining('its type is "User Story"') },
    ],
  });
  const asked = emulators.faults.requests().slice(length);
  const lines = (await run('heartbeat', acme, '--dry-run')).out.split('\n');
  expect(lines).toContain(`Bug ${tagged}, New: would start`);
  expect(lines).toContain(`User Story ${story}, New: would not start`);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  const queries = /\/_apis\/wit\/(wiql|workitemsbatch)/i;
  expect(asked.filter(({ method, path }) => method !== 'GET' && !queries.test(path))).toEqual([]);
  expect(asked.filter(({ target }) => target === 'anthropic')).toEqual([]);
});

test('a paused agent would start nothing, and the dry run says so', async () => {
  const { run, engineer } = await startEmulated();
  await engineer.file(workItem);
  await run('pause', acme);
  const seen = JSON.parse((await run('heartbeat', acme, '--dry-run', '--json')).out);
  expect(seen).toMatchObject({ stopped: { code: 'PAUSED' }, items: [{ starts: false, code: 'PAUSED' }] });
  expect((await run('heartbeat', acme, '--dry-run')).out).toContain('starts nothing. PAUSED');
});

test('heartbeat says why nobody looks now and what to do, and stores the message all the same', async () => {
  const { run, path, write, fill } = createCliWorkspace();
  const down = await run('heartbeat', acme);
  expect(down).toMatchObject({ code: 0, out: expect.stringMatching(/no platform is running .*jvagent start/) });
  await run('pause', acme);
  expect((await run('heartbeat', acme)).out).toMatch(/PAUSED: .*jvagent resume codechange\/acme/);
  await run('resume', acme);
  await run('trust', acme);
  write('codechange/acme/CLAUDE.md', 'Be bold.');
  expect((await run('heartbeat', acme)).out).toMatch(/CONFIG_UNTRUSTED: .*jvagent trust codechange\/acme/);
  expect(await fill(({ messages }) => messages.unrouted(10))).toHaveLength(3);

  mkdirSync(path('.jvagent/state'), { recursive: true });
  const lock = holdSupervisorLock(path('.jvagent/state'));
  onTestFinished(() => lock?.release());
  await run('trust', acme);
  expect((await run('heartbeat', acme)).out).toBe('codechange/acme looks at its board now.\n');
  write('codechange/acme/jvAgent.json', '{');
  const broken = await run('heartbeat', acme);
  expect(broken).toMatchObject({ code: 1, err: expect.stringContaining('CONFIG_INVALID') });
});
