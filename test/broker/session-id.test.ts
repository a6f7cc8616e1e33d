import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSessionId, type SessionId, workItemIdOf, workItemSession } from '../../src/broker/session-id.ts';
import { mapSession } from '../../src/broker/session-mapper.ts';
import { isRefusal } from '../../src/refusal.ts';

test('main, a work item and a thread are session ids', () => {
  for (const text of ['main', 'wi-1', 'wi-12345', 'slack-t1-c2-1700000000-000100'])
    expect(parseSessionId(text)).toBe(text);
});

test('anything but a plain name is refused, also what only looks like a work item', () => {
  const hostile = [
    '../../x',
    'wi-123/../..',
    'wi-1e3',
    'wi--1',
    'x'.repeat(300),
    'main\n',
    '',
    '.',
    'Main',
    'wi-',
    'wi-01',
  ];
  for (const text of [...hostile, 'wi-99999999999999999999'])
    expect(parseSessionId(text), text).toMatchObject({ refused: 'SESSION_ID' });
});

test('a work item and its session name each other', () => {
  expect(workItemIdOf(workItemSession(12_345))).toBe(12_345);
  expect(workItemIdOf('main' as SessionId)).toBeUndefined();
});

test('for any payload, a mapped session is a valid name or a refusal', () => {
  const value = fc.oneof(fc.string(), fc.anything(), fc.constantFrom('1700.1/../x', '__proto__', 1e21, -1, 0.5));
  const payload = fc.record(
    { workItemId: value, threadTs: value, ts: value, team: value, channel: value },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.constantFrom('slack-thread', 'work-item', 'default'), payload, (mapper, said) => {
      const sessionId = mapSession(mapper, { command: 'x', payload: said });
      if (!isRefusal(sessionId)) expect(parseSessionId(sessionId)).toBe(sessionId);
    }),
  );
});
