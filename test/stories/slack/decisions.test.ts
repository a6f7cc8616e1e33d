/** People decide about work items in Slack: they send a plan back with their words, stop the item, and ask how it stands. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SlackPerson } from '../../../emulators/slack/person.ts';
import { modelRequests } from '../look.ts';
import { startWorld, type World } from '../world.ts';
import { connected, heardFrom, person, putSlackTokens, settled, spoken, wordsOf } from './talking.ts';

const agentId = 'codechange/acme';
const channel = 'acme-status';
const people = {
  U0ACMEERIN: { person: 'erin@acme.example.com', may: ['reject', 'stop', 'start'] },
  U0ACMERITA: { person: 'rita@acme.example.com', may: [] },
};

let world: World;
beforeAll(async () => {
  world = await startWorld({
    agents: [{ tenant: 'acme', config: { slack: { statusChannel: 'C0ACMESTAT', channels: ['C0ACMESUP'], people } } }],
    prepare: ({ root, emulators }) => putSlackTokens(root, emulators),
  });
  await connected(world);
});
afterAll(() => world.close());

/** The messages of the item's thread; its first one is the root. */
function thread(who: SlackPerson, id: number) {
  const root = spoken(who, channel).find((message) => wordsOf(message).includes(`Work item ${id},`))?.ts ?? '';
  return { root, said: root === '' ? [] : spoken(who, channel, root) };
}

const hasButtons = (message: { blocks?: unknown }) => JSON.stringify(message.blocks ?? []).includes('jv:plan-');

/** The message with the buttons of the plan that waits. */
async function waitingPlan(who: SlackPerson, id: number) {
  await world.until(id, 'plan-ready');
  const found = () => thread(who, id).said.find(hasButtons);
  await world.eventually('buttons below the plan', () => found() !== undefined);
  return found()?.ts ?? '';
}

test('a plan is sent back with what should change, by somebody who may, and the tile and the thread say so', async () => {
  const [erin, rita] = [person(world, 'erin'), person(world, 'rita')];
  const id = await world.fileBug();
  const first = await waitingPlan(erin, id);
  await rita.click(first, 'jv:plan-reject');
  await world.eventually('a no', () =>
    rita.messages(channel, { thread: thread(rita, id).root }).some((message) => wordsOf(message).includes('may not')),
  );
  await erin.click(first, 'jv:plan-changes');
  await world.eventually('the form', () => erin.views().length > 0);
  const [view] = erin.views();
  if (!view) throw new Error('no form is open');
  await erin.submit(view, { changes: 'Please add a test, says XYZZY.' });
  await world.eventually('the words on the tile', async () =>
    (await world.comments(id)).some(({ text }) => text.includes('XYZZY')),
  );
  const second = await waitingPlan(erin, id);
  expect(second).not.toBe(first);
  const sentBack = thread(erin, id).said.find(({ ts }) => ts === first);
  expect(sentBack && wordsOf(sentBack)).toContain('Changes requested by');
  expect(sentBack && hasButtons(sentBack)).toBe(false);
  expect(modelRequests(world).some((body) => body.includes('phase=planning') && body.includes('XYZZY'))).toBe(true);
  expect(await world.engineer().state(id)).toBe('Plan Ready');
});

test('the bot says how an item stands, and stops it for somebody who may', async () => {
  const [erin, rita] = [person(world, 'erin'), person(world, 'rita')];
  const id = await world.fileBug();
  await waitingPlan(erin, id);
  const why = rita.say('acme-support', `@agent why ${id}`);
  await heardFrom(world, rita, { channel: 'acme-support', thread: why }, 'plan-ready');
  const denied = rita.say('acme-support', `@agent stop ${id}`);
  await heardFrom(world, rita, { channel: 'acme-support', thread: denied }, 'may not stop');
  expect((await world.session(id))?.item?.phase).toBe('plan-ready');
  const stop = erin.say('acme-support', `@agent stop ${id}`);
  await heardFrom(world, erin, { channel: 'acme-support', thread: stop }, 'is being stopped');
  const { item } = await world.until(id, 'cancelled');
  expect(item?.refusal?.why).toContain('erin@acme.example.com cancelled it');
  await settled(world, agentId);
});
