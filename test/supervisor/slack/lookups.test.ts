import { expect, test } from 'vitest';
import { OutsideError } from '../../../src/base/errors.ts';
import { createLookups } from '../../../src/supervisor/slack/lookups.ts';

/** An app that is refused in this way when it asks about a channel. */
function refusing(kind: 'auth' | 'unreachable') {
  const facts = { system: 'Slack', request: 'conversations.info', kind };
  const lookups = createLookups(() => 0);
  const reads = { channel: () => Promise.reject(new OutsideError(kind, facts)), userName: async () => undefined };
  return { ...lookups, ask: (channel: string) => lookups.isShared('default', channel, reads) };
}

test('an app that may not ask about channels takes what the events say of them, and of no other channel', async () => {
  const { tell, ask } = refusing('auth');
  tell('default', 'C1', false);
  tell('default', 'C2', true);
  tell('other', 'C3', false);
  expect([await ask('C1'), await ask('C2')]).toEqual([false, true]);
  await expect(ask('C3')).rejects.toThrow('auth');
});

test('while Slack does not answer, nothing is taken for granted', async () => {
  const { tell, ask } = refusing('unreachable');
  tell('default', 'C1', false);
  await expect(ask('C1')).rejects.toThrow('unreachable');
});
