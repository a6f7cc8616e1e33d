import { expect, test } from 'vitest';
import { mapSession, sessionMapperOf } from '../../src/broker/session-mapper.ts';

const map = (mapper: Parameters<typeof mapSession>[0], payload: Record<string, unknown>, command = 'work.process') =>
  mapSession(mapper, { command, payload });

test('the default mapper puts everything into main', () => {
  expect(map('default', { workItemId: 7, ts: '1.2' })).toBe('main');
});

test('each work item has its own session, whether its id is a number or text', () => {
  expect(map('work-item', { workItemId: 12_345 })).toBe('wi-12345');
  expect(map('work-item', { workItemId: '12345' })).toBe('wi-12345');
  expect(map('work-item', { text: 'hello' })).toBe('main');
});

test('an id that only looks like a number is refused', () => {
  for (const workItemId of ['1e3', '-1', 0, '01', '1/../2', ' 7', null, {}, [7], '99999999999999999']) {
    expect(map('work-item', { workItemId }), String(workItemId)).toMatchObject({ refused: 'SESSION_ID' });
  }
});

test('messages of one thread share a session, roots and replies alike; threads of two channels do not', () => {
  const root = { team: 'T01', channel: 'C02', ts: '1700000000.123456' };
  const reply = { ...root, ts: '1700000009.000001', threadTs: '1700000000.123456' };
  expect(map('slack-thread', root, 'slack.message')).toBe('slack-t01-c02-1700000000-123456');
  expect(map('slack-thread', reply, 'slack.message')).toBe('slack-t01-c02-1700000000-123456');
  expect(map('slack-thread', { ...root, channel: 'C03' })).not.toBe(map('slack-thread', root));
});

test('a hostile time, team or channel is refused', () => {
  for (const ts of ['1700.1/../x', '1700', 1700.1, '', '1.2\n']) {
    expect(map('slack-thread', { ts }), String(ts)).toMatchObject({ refused: 'SESSION_ID' });
  }
  // A dash would let one channel's thread take another's name.
  for (const channel of ['../C', 'C-1', 7]) {
    expect(map('slack-thread', { ts: '1.2', channel }), String(channel)).toMatchObject({ refused: 'SESSION_ID' });
  }
});

test('the heartbeat always goes to main', () => {
  expect(map('work-item', { workItemId: 7 }, 'heartbeat')).toBe('main');
});

test('an agent with a board works by work item unless configured otherwise', () => {
  const devops = {} as NonNullable<Parameters<typeof sessionMapperOf>[0]['devops']>;
  expect(sessionMapperOf({ devops })).toBe('work-item');
  expect(sessionMapperOf({ devops, sessionMapper: 'slack-thread' })).toBe('slack-thread');
  expect(sessionMapperOf({})).toBe('default');
});
