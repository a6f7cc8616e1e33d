import { expect, test } from 'vitest';
import { type Channel, createPeer } from '../../src/ipc/peer.ts';

type Sum = { add: { params: { a: number; b: number }; result: number } };
type Echo = { echo: { params: { text: string }; result: string } };

/** Two ends joined as Node joins them: by copies, not at once. */
function channels(): [Channel, Channel, () => void] {
  const listeners: ((message: unknown) => void)[][] = [[], []];
  const closers: (() => void)[] = [];
  const end = (own: number): Channel => ({
    send: (message) => {
      const copy = JSON.parse(JSON.stringify(message)) as unknown;
      setImmediate(() => {
        for (const listener of listeners[1 - own] ?? []) listener(copy);
      });
    },
    onMessage: (listener) => listeners[own]?.push(listener),
    onClose: (listener) => closers.push(listener),
  });
  const close = () => {
    for (const closer of closers) closer();
  };
  return [end(0), end(1), close];
}

function pair(late = Promise.resolve()) {
  const [left, right, close] = channels();
  const parse = (_method: string, params: unknown) => params;
  const sums = createPeer<Echo, Sum>({
    channel: left,
    parse,
    methods: { echo: async ({ text }) => text },
  });
  const echoes = createPeer<Sum, Echo>({
    channel: right,
    parse: (method, params) => {
      if (typeof (params as { a: unknown }).a !== 'number') throw new Error(`${method} takes numbers`);
      return params;
    },
    methods: {
      add: async ({ a, b }) => {
        await late;
        return a + b;
      },
    },
  });
  return { sums, echoes, close };
}

test('both ends call each other, and each call gets its own answer', async () => {
  const { sums, echoes } = pair();
  const all = [sums.call('add', { a: 1, b: 2 }), sums.call('add', { a: 3, b: 4 }), echoes.call('echo', { text: 'hi' })];
  expect(await Promise.all(all)).toEqual([3, 7, 'hi']);
});

test('a call of the wrong form is answered with what is wrong', async () => {
  const { sums } = pair();
  await expect(sums.call('add', { a: 'x' as unknown as number, b: 1 })).rejects.toThrow('add takes numbers');
  expect(await sums.call('add', { a: 1, b: 1 })).toBe(2);
});

test('a method that does not exist is a bug that the caller sees', async () => {
  const { echoes } = pair();
  await expect(echoes.call('shout' as 'echo', { text: 'a' })).rejects.toThrow('no method shout');
});

test('a closed channel rejects what waits and everything later', async () => {
  const { sums, close } = pair(new Promise(() => {}));
  const waiting = sums.call('add', { a: 1, b: 2 });
  close();
  await expect(waiting).rejects.toThrow('has ended');
  await expect(sums.call('add', { a: 1, b: 2 })).rejects.toThrow('has ended');
});

test('a late answer after the close is dropped', async () => {
  let go = () => {};
  const late = new Promise<void>((resolve) => {
    go = resolve;
  });
  const { sums, close } = pair(late);
  const waiting = sums.call('add', { a: 1, b: 2 });
  await new Promise((resolve) => setImmediate(resolve));
  close();
  go();
  await expect(waiting).rejects.toThrow('has ended');
});
