/** Another bot that answers each message of the agent does not keep it talking. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { post } from '../../../emulators/slack/messages.ts';
import { openStore } from '../../../src/store/database/database.ts';
import { answersIn, startTown } from './town.ts';

const within = { timeout: 180_000 };

test('an agent and a bot that answers it end with one answer, and the log says why', async () => {
  const town = await startTown({ channels: 1, agents: 1 });
  const { slack, platform, person, clock, root, ids } = town;
  const [channel = ''] = ids;
  const room = slack.state.channels.find(({ id }) => id === channel);
  if (!room) throw new Error('there is no such channel');
  const { botUser } = slack.app('build');
  room.members.add(botUser);
  platform.start();
  await slack.connected();
  const thread = person('erin').say(channel, '@agent talk-000-000 please');
  for (let said = 0; said < 8; said += 1) {
    await vi.waitUntil(() => answersIn(town, channel, thread).length > 0, within);
    post(slack.state, room, { user: botUser, thread, text: `<@${slack.app().botUser}> I heard talk-000-${said}` });
    await pause(100);
  }
  await slack.idle();
  const store = await openStore({ folder: join(root, '.jvagent/state'), clock });
  onTestFinished(() => store.close());
  const lines = async () => (await store.log.tail({ agentId: 'desk-0', max: 100 })).map(({ text }) => text ?? '');
  await vi.waitUntil(
    async () => (await lines()).filter((line) => line.includes('another program')).length >= 8,
    within,
  );
  expect(answersIn(town, channel, thread)).toHaveLength(1);
});
