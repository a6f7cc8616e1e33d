/** The pace and the order of what leaves: a second between messages of a channel, and no channel waits for another. */
import { expect, test } from 'vitest';
import { createLog } from '../../../src/base/log.ts';
import type { SendOutcome } from '../../../src/conversations/outcome.ts';
import type { OutboxWish } from '../../../src/conversations/outgoing.ts';
import { refuse } from '../../../src/refusal.ts';
import { createSendLoop } from '../../../src/supervisor/slack/send-loop.ts';
import { openTestStore } from '../../store/fixture.ts';

const wish = (key: string, more: Partial<OutboxWish> = {}): OutboxWish => ({
  ...{ key, agentId: 'docs', sessionId: 's', by: 'agent', place: { app: 'default', channel: 'C1', root: '1.1' } },
  what: { kind: 'post', text: key },
  ...more,
});
const at = (channel: string, root = '1.1', app = 'default') => ({ place: { app, channel, root } });

/** A loop over a real outbox; `script` says how a message ends, in its order, by default well. */
async function loopOver(wishes: OutboxWish[], script: Record<string, (SendOutcome & { appUntil?: number })[]> = {}) {
  const { store, clock } = await openTestStore();
  for (const each of wishes) await store.outbox.add(each);
  const sent: string[] = [];
  const sender = createSendLoop({
    ...store,
    async perform(id) {
      const begun = await store.outbox.begin(id);
      if (!begun) return undefined;
      const { row } = begun;
      sent.push(row.key);
      const { appUntil, ...outcome } = script[row.key]?.shift() ?? { kind: 'sent' as const, ts: `9.${sent.length}` };
      await store.outbox.end(id, outcome, undefined);
      return { row, outcome, ...(appUntil === undefined ? {} : { appUntil }) };
    },
    onPerformed: async () => {},
    clock,
    log: createLog('test', 'silent'),
  });
  /** What left within these milliseconds. */
  const within = async (ms: number) => {
    sent.length = 0;
    for (let passed = 0; passed < ms; passed += 250) {
      await sender.step();
      await sender.rest();
      clock.time += 250;
    }
    return [...sent];
  };
  return { store, clock, within };
}

const later = (until: number): SendOutcome => ({ kind: 'later', until, refusal: refuse('PAUSED', 'x') });

test('a channel gets one message a second, in their order; another channel does not wait', async () => {
  const { within } = await loopOver([wish('a1'), wish('a2'), wish('a3'), wish('b1', at('C2')), wish('b2', at('C2'))]);
  expect((await within(1_000)).sort()).toEqual(['a1', 'b1']);
  expect((await within(1_000)).sort()).toEqual(['a2', 'b2']);
  expect(await within(1_000)).toEqual(['a3']);
});

test('what cannot leave now holds up its own thread only', async () => {
  const stuck = later(Date.UTC(2026, 10, 20, 13));
  const { within } = await loopOver([wish('a1'), wish('a2'), wish('b1', at('C1', '2.2'))], { a1: [stuck] });
  expect(await within(5_000)).toEqual(['a1', 'b1']);
});

test('an agent that may not speak does not hold up what the platform says in its thread', async () => {
  const stuck = later(Date.UTC(2026, 10, 20, 13));
  const { within } = await loopOver([wish('a1'), wish('p1', { by: 'platform' })], { a1: [stuck] });
  expect(await within(3_000)).toEqual(['a1', 'p1']);
});

test('a limit of one app stops that app until its time, and no other', async () => {
  const until = Date.UTC(2026, 10, 20, 12, 0, 10);
  const { within } = await loopOver(
    [wish('a1'), wish('b1', at('C2')), wish('g1', at('C3', '1.1', 'globex')), wish('a2')],
    { a1: [{ ...later(until), appUntil: until }] },
  );
  // The first step began both channels at once, so that either may be the first.
  expect((await within(9_000)).sort()).toEqual(['a1', 'b1', 'g1']);
  expect(await within(3_000)).toEqual(['a1', 'a2']);
});

test('replies wait for the message that begins their thread, and follow it there', async () => {
  const root = { place: { app: 'default', channel: 'C1' }, sessionId: 'wi-12' };
  const { store, within } = await loopOver([wish('root', root)]);
  const first = (await store.outbox.of('docs'))[0];
  const place = { app: 'default', channel: 'C1', root: `of:${first?.id}` };
  await store.outbox.add(wish('reply', { ...root, place }));
  expect(await within(1_000)).toEqual(['root']);
  expect(await within(1_000)).toEqual(['reply']);
  expect((await store.outbox.of('docs')).map((row) => row.place.root)).toEqual([undefined, '9.1']);
});

test('a reaction waits for no pause between messages', async () => {
  const eyes = wish('eyes', { what: { kind: 'react', name: 'eyes', ts: '1.1' }, by: 'platform' });
  const { within } = await loopOver([wish('a1'), eyes, wish('a2')]);
  expect(await within(750)).toEqual(['a1', 'eyes']);
  expect(await within(750)).toEqual(['a2']);
});
