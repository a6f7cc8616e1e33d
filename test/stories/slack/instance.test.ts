/** The impl agent of the template changes a setting of its customer's instance, and only as one of the confirmers let it. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SlackPerson } from '../../../emulators/slack/person.ts';
import { asked, command, reply } from '../conversation.ts';
import { call } from '../scripts.ts';
import { startWorld, type World } from '../world.ts';
import { connected, heardFrom, person, putSlackTokens, settled, spoken, wordsOf } from './talking.ts';

const project = join(import.meta.dirname, '../../..');
const agentId = 'impl/acme';
const channel = 'acme-support';

/** The model reads a setting and proposes another value, when it is asked in these words. */
const proposing = (words: string, key: string, value: unknown) =>
  asked(words, [
    call('mcp__jv__instance-api', { method: 'GET', path: `/settings/${key}` }),
    call('mcp__jv__instance-api', { method: 'PUT', path: `/settings/${key}`, body: { value }, why: `Asked: ${words}` }),
    reply('I proposed it: {{toolResult}}'),
  ]);

const scenes = [
  proposing('Set the timeout to 45', 'timeout', 45),
  proposing('Set the timeout to 60', 'timeout', 60),
  proposing('Set the timeout to 70', 'timeout', 70),
  proposing('Set the timeout to 80', 'timeout', 80),
  proposing('Set the timeout to 90', 'timeout', 90),
  asked('Deploy something', [
    call('mcp__jv__instance-api', { method: 'POST', path: '/deployments', body: { sha: 'a'.repeat(40) } }),
    reply('{{toolResult}}'),
  ]),
];

let world: World;
beforeAll(async () => {
  world = await startWorld({
    agents: [],
    script: { scenes },
    prepare({ root, emulators }) {
      putSlackTokens(root, emulators);
      const folder = join(root, agentId);
      mkdirSync(folder, { recursive: true });
      cpSync(join(project, 'templates/impl'), folder, { recursive: true });
      const { instanceUrl, secrets } = emulators.tenants.acme;
      writeFileSync(join(folder, 'secrets.env'), `INSTANCE_API_TOKEN=${secrets.instanceToken}\n`, { mode: 0o600 });
      const file = join(folder, 'jvAgent.json');
      const config = JSON.parse(readFileSync(file, 'utf8'));
      const may = ['confirm'];
      const people = {
        U0ACMEERIN: { person: 'erin@acme.example.com', may },
        U0PRODPAT: { person: 'pat@product.example.com', may },
      };
      const instance = { ...config.instance, url: instanceUrl, confirmers: ['erin@acme.example.com'] };
      const own = { id: agentId, slack: { channels: ['C0ACMESUP'], people }, instance };
      writeFileSync(file, JSON.stringify({ ...config, ...own, autoRun: { ...config.autoRun, debounceMs: 0 } }));
    },
  });
  await connected(world);
});
afterAll(() => world.close());

const settings = () => world.emulators.tenants.acme.instance.settings;
const changes = () => settings().history().length;

/** Somebody asks for a change; resolves with the message that asks people to confirm it. */
async function proposal(words: string) {
  const erin = person(world, 'erin');
  const thread = erin.say(channel, `@agent ${words}`);
  const message = await heardFrom(world, erin, { channel, thread }, 'proposes a change');
  return { erin, thread, message };
}

/** What a person sees in the thread, at last with these words. */
const reads = (who: SlackPerson, thread: string, words: string) =>
  world.eventually(`"${words}" for ${who.user.name}`, () =>
    who.messages(channel, { thread }).some((message) => wordsOf(message).includes(words)),
  );

test('a setting changes only after the confirmation, and the thread shows what, by whom and that it is so', async () => {
  const { erin, thread, message } = await proposal('Set the timeout to 45');
  const shown = wordsOf(message);
  for (const part of ['PUT /settings/timeout', 'value: 30', '45', 'erin@acme.example.com'])
    expect(shown).toContain(part);
  await settled(world, agentId);
  expect([settings().all().timeout, changes()]).toEqual([30, 0]);
  await erin.click(message.ts, 'jv:confirm');
  await reads(erin, thread, 'reading it back shows it');
  expect([settings().all().timeout, changes()]).toEqual([45, 1]);
  const after = spoken(erin, channel, thread).find(({ ts }) => ts === message.ts);
  expect(after && wordsOf(after)).toContain('erin@acme.example.com');
  expect(JSON.stringify(after?.blocks)).not.toContain('"actions"');
  const audit = await world.supervisor.store.audit.list(agentId, 0, 100);
  const acts = audit.map(({ action, outcome }) => `${action} ${outcome}`);
  for (const act of ['propose done', 'confirm done', 'conversation-write intended', 'conversation-write done']) {
    expect(acts).toContain(act);
  }
  expect(await world.supervisor.store.audit.verify(agentId)).toEqual({ ok: true });
});

test('a press that comes twice changes it once', async () => {
  const { erin, thread, message } = await proposal('Set the timeout to 60');
  const before = changes();
  await Promise.all([erin.click(message.ts, 'jv:confirm'), erin.click(message.ts, 'jv:confirm').catch(() => {})]);
  await reads(erin, thread, 'reading it back shows it');
  await settled(world, agentId);
  expect(changes()).toBe(before + 1);
});

test('somebody else who presses changes nothing, and is told why', async () => {
  const { thread, message } = await proposal('Set the timeout to 70');
  const pat = person(world, 'pat');
  const before = changes();
  await pat.click(message.ts, 'jv:confirm');
  await reads(pat, thread, 'is not in ');
  await settled(world, agentId);
  expect(changes()).toBe(before);
});

test('a value that was changed in between is left alone, and the thread says so', async () => {
  const { erin, thread, message } = await proposal('Set the timeout to 80');
  const before = changes();
  settings().set('timeout', 31);
  await erin.click(message.ts, 'jv:confirm');
  await reads(erin, thread, 'is not the one that was shown');
  expect([settings().all().timeout, changes()]).toEqual([31, before]);
});

test('a proposal waits over a restart, is in status, and is confirmed at the terminal as well', async () => {
  const { erin, thread, message } = await proposal('Set the timeout to 90');
  await settled(world, agentId);
  await world.restart();
  const { needs } = JSON.parse((await command(world, 'status', '--json')).out);
  const why = expect.stringContaining('value: 31 -> 90');
  expect(needs).toContainEqual(expect.objectContaining({ agentId, why }));
  const [open] = (await world.supervisor.store.proposals.open(agentId)).filter(({ request }) =>
    JSON.stringify(request).includes('90'),
  );
  expect((await command(world, 'confirm', agentId, open?.id ?? '')).out).toContain('is confirmed');
  await reads(erin, thread, 'reading it back shows it');
  expect(settings().all().timeout).toBe(90);
  const after = spoken(erin, channel, thread).find(({ ts }) => ts === message.ts);
  expect(after && wordsOf(after)).toContain('at the terminal');
});

test('a deployment is not even proposed', async () => {
  const erin = person(world, 'erin');
  const thread = erin.say(channel, '@agent Deploy something.');
  await heardFrom(world, erin, { channel, thread }, 'belongs to the deployments');
  expect(world.emulators.tenants.acme.instance.history()).toEqual([]);
});
