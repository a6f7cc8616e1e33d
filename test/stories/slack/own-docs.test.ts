/** The docs agent of the template answers a question about this product from its own documentation, in a thread, and sends what is long as a file. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asked, reply } from '../conversation.ts';
import { call } from '../scripts.ts';
import { startWorld, type World } from '../world.ts';
import { connected, heardFrom, modelRequests, person, putSlackTokens, spoken, wordsOf } from './talking.ts';

const project = join(import.meta.dirname, '../../..');
const long = `# All of it\n\n${'One more line about hooks.\n\n'.repeat(1_200)}THE LAST LINE`;

const scenes = [
  asked('Which port do hooks use', [
    call('Grep', { pattern: 'JVAGENT_HOOK_PORT', path: '/dirs/docs', output_mode: 'files_with_matches' }),
    call('Read', { file_path: '/dirs/docs/hooks.md' }),
    reply('Port 7461, unless JVAGENT_HOOK_PORT says another one: `hooks.md`.'),
  ]),
  asked('Tell me everything', [reply(long)]),
  asked('As a file, please', [
    call('Write', { file_path: '/tree/hooks.md', content: '# Hooks\n' }),
    call('mcp__jv__upload', { path: 'hooks.md', title: 'Hooks in short' }),
    reply('It is in the file.'),
  ]),
];

let world: World;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'own-docs-'));
  cpSync(join(project, 'docs'), join(folder, 'docs'), { recursive: true });
  world = await startWorld({
    agents: [],
    script: { scenes },
    prepare({ root, emulators }) {
      putSlackTokens(root, emulators);
      mkdirSync(join(root, 'docs'));
      cpSync(join(project, 'templates/docs'), join(root, 'docs'), { recursive: true });
      const file = join(root, 'docs/jvAgent.json');
      const config = JSON.parse(readFileSync(file, 'utf8'));
      const own = { workDirs: [join(folder, 'docs')], slack: { channels: ['C0DOCS'] } };
      const autoRun = { ...config.autoRun, debounceMs: 0 };
      writeFileSync(file, JSON.stringify({ ...config, ...own, autoRun, id: 'docs' }));
    },
  });
  await connected(world);
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true, force: true });
});

const channel = 'docs';

test('it reads the pages, and each page that it names exists', async () => {
  const pat = person(world, 'pat');
  const thread = pat.say(channel, '@agent Which port do hooks use?');
  const answer = await heardFrom(world, pat, { channel, thread }, '7461');
  const pages = wordsOf(answer).match(/[a-z-]+\.md/g) ?? [];
  expect(pages).toContain('hooks.md');
  for (const page of pages) expect(existsSync(join(project, 'docs', page))).toBe(true);
  const told = modelRequests(world).at(-1) ?? '';
  expect(told).toContain('Answering questions about the product');
  expect(told).toContain('/dirs/docs/hooks.md');
});

test('an answer that is too long for a message comes as a short one and a file with all of it', async () => {
  const pat = person(world, 'pat');
  const thread = pat.say(channel, '@agent Tell me everything.');
  await world.eventually('the file', () => spoken(pat, channel, thread).some(({ files = [] }) => files.length > 0));
  const said = spoken(pat, channel, thread);
  const [file] = said.flatMap(({ files = [] }) => files);
  const { botToken } = world.emulators.slack.app();
  const answer = await fetch(file?.url_private_download ?? '', { headers: { authorization: `Bearer ${botToken}` } });
  expect(await answer.text()).toContain('THE LAST LINE');
  for (const { blocks = [] } of said) expect(JSON.stringify(blocks).length).toBeLessThan(13_200);
});

test('a file that the agent wrote is put into the thread', async () => {
  const pat = person(world, 'pat');
  const thread = pat.say(channel, '@agent As a file, please.');
  await heardFrom(world, pat, { channel, thread }, 'It is in the file.');
  await world.eventually('the file', () => spoken(pat, channel, thread).some(({ files = [] }) => files.length > 0));
  expect(spoken(pat, channel, thread).flatMap(({ files = [] }) => files.map(({ title }) => title))).toEqual([
    'Hooks in short',
  ]);
});
