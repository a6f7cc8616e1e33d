import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { demoFix } from '../../../emulators/demo-repository/model-script.ts';
import { startEmulated } from '../emulated.ts';

const acme = 'codechange/acme';
const { workItem } = demoFix();

test('the board is asked about an item that was not started, also with no platform running', async () => {
  const { run, engineer } = await startEmulated({ devops: { workItemTypes: ['Bug'], requiredTag: 'jvagent' } });
  const explained = async (id: number) => JSON.parse((await run('explain', acme, String(id), '--json')).out);
  const id = await engineer.file(workItem);
  expect(await explained(id)).toMatchObject({
    phase: null,
    code: null,
    why: 'it does not have the tag "jvagent" (devops.requiredTag)',
    fix: expect.stringMatching(/^Add the tag "jvagent".*The platform is not running: run `jvagent start`\.$/),
    nextLookAt: null,
  });
  await engineer.setField(id, 'System.Tags', 'jvagent');
  expect(await explained(id)).toMatchObject({ code: null, fix: 'Run `jvagent start`.' });
  const { out } = await run('explain', acme, String(id));
  expect(out.match(/running|start`/g), out).toEqual(['running', 'start`']);
});

test('an item that the board does not have is said to be not there, and nothing else of it', async () => {
  const { run } = await startEmulated();
  const { out } = await run('explain', acme, '4711');
  const [first, ...more] = out
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('The platform'));
  expect(first).toMatch(/^GATE_TENANT: work item 4711 is not in the project .* or it was deleted\.$/);
  expect(more).toEqual(['Check the number; codechange/acme sees only that project.']);
  const told = JSON.parse((await run('explain', acme, '4711', '--json')).out);
  expect(told).toMatchObject({ phase: null, code: 'GATE_TENANT', waitingFor: null, nextLookAt: null });
});

test('a board that cannot be asked is told in its own words, with the token that it refuses', async () => {
  const { root, run, engineer } = await startEmulated();
  const id = await engineer.file(workItem);
  const file = join(root, acme, 'secrets.env');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/AZDO_PAT=.*/, 'AZDO_PAT=expired-long-ago'), { mode: 0o600 });
  const seen = JSON.parse((await run('explain', acme, String(id), '--json')).out);
  expect(seen).toMatchObject({
    code: 'OUTSIDE_AUTH',
    why: expect.stringMatching(/could not be asked: .* answered 401/),
  });
  expect(seen.fix).toContain('Replace AZDO_PAT in codechange/acme/secrets.env');
  expect((await run('heartbeat', acme, '--dry-run')).out).toContain('AZDO_PAT in codechange/acme/secrets.env');
  chmodSync(file, 0o644);
  const closed = JSON.parse((await run('explain', acme, String(id), '--json')).out);
  expect(closed).toMatchObject({ code: 'SECRETS_MODE', fix: expect.stringContaining(`chmod 600 ${acme}/secrets.env`) });
});
