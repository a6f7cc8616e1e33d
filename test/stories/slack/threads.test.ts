/** What people who use agents in Slack complain of first, each as the story that does not happen. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asked, putAgent, reply } from '../conversation.ts';
import { after, say } from '../scripts.ts';
import { startWorld, type World } from '../world.ts';
import {
  connected,
  expectUnsaid,
  heardFrom,
  logOf,
  modelRequests,
  noReply,
  person,
  putSlackTokens,
  settled,
  spoken,
} from './talking.ts';

const scenes = [
  asked('How many pages has the handbook', [after(3_000, reply('The handbook has forty pages.'))]),
  asked('How many rooms has the office', [after(3_000, reply('The office has nine rooms.'))]),
  asked('And without the annex', [reply('Thirty-one pages without the annex.')]),
  asked('Who pays for lunch', [say('I think about it for long, and the answer is Pat.')]),
  asked('Whisper something', [say('NO_REPLY'), say('NO_REPLY')]),
  asked('Thank you for all of it', [noReply('people only say thanks')]),
];

const channel = 'docs';
let world: World;
beforeAll(async () => {
  world = await startWorld({
    agents: [],
    script: { scenes },
    prepare({ root, emulators }) {
      putSlackTokens(root, emulators);
      putAgent(root, 'docs', { autoRun: { enabled: true, debounceMs: 0 }, slack: { channels: ['C0DOCS'] } });
    },
  });
  await connected(world);
});
afterAll(() => world.close());

test('two threads at once are answered each with its own, and the model never sees one in the other', async () => {
  const [erin, pat] = [person(world, 'erin'), person(world, 'pat')];
  const pages = erin.say(channel, '@agent How many pages has the handbook?');
  const rooms = pat.say(channel, '@agent How many rooms has the office?');
  await heardFrom(world, erin, { channel, thread: pages }, 'The handbook has forty pages.');
  await heardFrom(world, pat, { channel, thread: rooms }, 'The office has nine rooms.');
  await settled(world, 'docs');
  expect(spoken(erin, channel, pages)).toHaveLength(1);
  expect(spoken(pat, channel, rooms)).toHaveLength(1);
  const both = modelRequests(world).filter(
    (body) => body.includes('pages has the handbook') && body.includes('rooms has the office'),
  );
  expect(both).toEqual([]);
  const [asked] = erin.messages(channel).filter(({ ts }) => ts === pages);
  expect(asked?.reactions?.map(({ name }) => name)).toContain('eyes');
});

test('a follow-up continues the conversation of its thread after a restart, without a mention', async () => {
  const erin = person(world, 'erin');
  const root = erin.messages(channel).find(({ text }) => text.includes('How many pages'))?.ts ?? '';
  await world.restart();
  await connected(world);
  erin.say(channel, 'And without the annex?', { thread: root });
  await heardFrom(world, erin, { channel, thread: root }, 'Thirty-one pages without the annex.');
  expect(modelRequests(world).at(-1)).toContain('The handbook has forty pages.');
});

test('a turn that only thinks is asked once more, and then the thread is told that there is no answer', async () => {
  const oscar = person(world, 'oscar');
  for (const text of ['@agent Who pays for lunch?', '@agent Whisper something.']) {
    const thread = oscar.say(channel, text);
    await heardFrom(world, oscar, { channel, thread }, 'jvagent logs docs');
    expectUnsaid(oscar, channel, thread, 'NO_REPLY', 'I think about it');
    expect(spoken(oscar, channel, thread)).toHaveLength(1);
  }
});

test('people who talk with each other are left alone, and every silence has its reason in the log', async () => {
  const [erin, pat] = [person(world, 'erin'), person(world, 'pat')];
  const before = modelRequests(world).length;
  const root = erin.messages(channel).find(({ text }) => text.includes('How many pages'))?.ts ?? '';
  pat.say(channel, '@erin is that still right?', { thread: root });
  erin.say(channel, '@pat yes it is.', { thread: root });
  pat.say(channel, 'Fine, then I go home.');
  pat.say(channel, '@erin lunch?');
  await settled(world, 'docs');
  expect(modelRequests(world)).toHaveLength(before);
  expect(spoken(erin, channel, root)).toHaveLength(2);
});

test('an agent that is asked for nothing ends in silence, and its log says why', async () => {
  const rita = person(world, 'rita');
  const thread = rita.say(channel, '@agent Thank you for all of it!');
  await world.eventually('the reason', async () => (await logOf(world, 'docs')).includes('people only say thanks'));
  await settled(world, 'docs');
  expect(spoken(rita, channel, thread)).toEqual([]);
});
