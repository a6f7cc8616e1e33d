import { expect, onTestFinished, test } from 'vitest';
import { createHookSender } from '../../../emulators/control/deliver.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { startReceiver } from '../receiver.ts';

async function start() {
  const sender = createHookSender({ clock: systemClock });
  onTestFinished(() => sender.close());
  const { told, url } = await startReceiver();
  return {
    sender,
    url,
    bodies: () => told.map(({ text }) => text),
    say: (body: string) => sender.send({ url, headers: {}, body }),
  };
}

test('a hook is sent once, and nobody waits for it', async () => {
  const { sender, say, bodies, url } = await start();
  say('a');
  expect(bodies()).toEqual([]);
  await sender.idle();
  expect(bodies()).toEqual(['a']);
  expect(sender.deliveries()).toEqual([{ url, body: 'a', status: 204 }]);
});

test('hooks are doubled, lost and reordered as the timetable says, until it is removed', async () => {
  const { sender, say, bodies } = await start();
  const times = [[150], [], [0, 300]];
  sender.misbehave((nth) => times[nth % 3] ?? []);
  for (const body of ['a', 'b', 'c']) say(body);
  await sender.idle();
  expect(bodies()).toEqual(['c', 'a', 'c']);
  sender.misbehave();
  say('d');
  await sender.idle();
  expect(bodies()).toEqual(['c', 'a', 'c', 'd']);
});

test('no hook leaves loopback', async () => {
  const { sender } = await start();
  for (const url of ['https://example.com/hooks', 'http://10.0.0.1/', 'file:///etc/passwd', 'not an address']) {
    expect(() => sender.send({ url, headers: {}, body: '' })).toThrow('not on loopback');
  }
});

test('a missing receiver is not an error, and a closed sender sends nothing', async () => {
  const { sender, say, bodies } = await start();
  sender.send({ url: 'http://127.0.0.1:1/', headers: {}, body: 'a' });
  await sender.idle();
  expect(sender.deliveries()).toMatchObject([{ body: 'a', status: null }]);
  sender.misbehave(() => [60_000]);
  say('b');
  sender.close();
  say('c');
  await sender.idle();
  expect(bodies()).toEqual([]);
});
