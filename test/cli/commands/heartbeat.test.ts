import { expect, test } from 'vitest';
import { demoFix } from '../../../emulators/demo-repository/model-script.ts';
import { startEmulated } from '../emulated.ts';

const acme = 'codechange/acme';
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
