/** A thousand messages at once: none is lost, none is given twice, and each thread keeps its order. */
import { expect, test } from 'vitest';
import { slackWorld } from './slack-world.ts';

const channelsMax = 50;
const threadsInChannel = 2;
const messagesInThread = 10;

test('a thousand messages in a hundred threads, with a refresh, a cut and a restart in between', async () => {
  const channels = Array.from({ length: channelsMax }, (_, n) => `C0BURST${n}`);
  const { start, slack, person, given, givenCount } = await slackWorld({ channels });
  const first = await start();
  await slack.connected();
  const erin = person('erin');
  const wanted = new Map<string, string[]>();
  const roots: { channel: string; ts: string }[] = [];
  for (const channel of channels) {
    for (let n = 0; n < threadsInChannel; n += 1) roots.push({ channel, ts: erin.say(channel, `@agent ${n} 0`) });
  }
  slack.disconnect('refresh_requested');
  for (let n = 1; n < messagesInThread; n += 1) {
    for (const { channel, ts } of roots) erin.say(channel, `${n}`, { thread: ts });
    if (n === 3) slack.cut();
    if (n === 6) await first.stop();
    if (n === 7) await start();
  }
  for (const { channel, ts } of roots) {
    const session = `slack-t0jvagent-${channel.toLowerCase()}-${ts.replace('.', '-')}`;
    wanted.set(
      session,
      Array.from({ length: messagesInThread }, (_, n) => `${n}`),
    );
  }
  const heard = async () => {
    const bySession = new Map<string, string[]>();
    for (const line of await given('support/acme')) {
      const [session = '', ...words] = line.split(' ');
      bySession.set(session, [...(bySession.get(session) ?? []), words.at(-1) ?? '']);
    }
    return bySession;
  };
  await expect.poll(givenCount, { timeout: 200_000, interval: 500 }).toBe(roots.length * messagesInThread);
  expect(await heard()).toEqual(wanted);
});
