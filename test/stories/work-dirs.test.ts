import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelRequests } from './look.ts';
import { delivered } from './road.ts';
import { call, planning, say, scriptOf, submitPlan } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const title = 'An item planned with the handbook at hand';
const look = 'cat /dirs/handbook/rules.md /dirs/tools/answer; cat /dirs/handbook/.env; ls -A /dirs';

let world: World;
let folder: string;
let id: number;
let log: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'folders, '));
  const files = { 'handbook/rules.md': 'Guard every key.\n', 'handbook/.env': 'canary\n', 'tools/answer': '42\n' };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  world = await startWorld({
    isBehindLink: true,
    agents: [
      {
        tenant: 'acme',
        config: {
          workDirs: [join(folder, 'handbook'), join(folder, 'gone')],
          sandbox: { readOnly: [join(folder, 'tools')] },
          git: { testCommand: 'test "$(ls /dirs)" = tools && test "$(cat /dirs/tools/answer)" = 42' },
        },
      },
    ],
    script: scriptOf(planning(title, [call('Bash', { command: look }), submitPlan(), say('The plan is handed in.')])),
  });
  id = await delivered(world, title);
  log = await world.log(id);
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

test('the engine knows its folders and reads them, except what is closed in them', () => {
  const told = `/dirs/tools (${folder}/tools), /dirs/handbook (${folder}/handbook)`;
  expect(modelRequests(world).some((body) => body.includes(told))).toBe(true);
  expect(log).toContain('Guard every key.\\n42\\n');
  expect(log).toContain('handbook\\ntools');
  expect(log).toMatch(/\.env: Permission denied/);
  expect(log).not.toContain('canary');
});

test('the tests that the host runs read the folders of the sandbox, and no others', async () => {
  const { item } = (await world.session(id)) ?? {};
  expect(item?.change?.commit?.tests?.passed).toBe(true);
});

test('a workspace behind a link, with a comma in its path, is like any other', async () => {
  expect(world.root).toContain('/link/');
  expect((await world.session(id))?.item?.phase).toBe('pr-created');
});

test('a turn runs without a missing folder, and says so', () => {
  expect(log).toContain(`codechange/acme runs without ${folder}/gone from workDirs: it is missing.`);
});
