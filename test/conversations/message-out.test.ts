/** Which messages of the broker Slack is told, and as what. */
import { expect, test } from 'vitest';
import { wishOfMessage } from '../../src/conversations/message-out.ts';
import { messageFor } from '../store/fixture.ts';

const to = 'slack/default/C1';
const text = (payload: Record<string, unknown>, command = 'slack.send_message', from = 'agent/docs/session/main') =>
  wishOfMessage(messageFor('m1', { to, from, command, payload }));

test('a text is a message in the channel, or in the thread that it names', () => {
  expect(text({ text: 'Hi.' })).toEqual({
    ...{ key: 'message:m1', agentId: 'docs', sessionId: 'main', by: 'agent' },
    ...{ place: { app: 'default', channel: 'C1' }, what: { kind: 'post', text: 'Hi.' } },
  });
  expect(text({ text: 'Hi.', threadTs: '1.1' })).toMatchObject({ place: { root: '1.1' } });
  expect(text({ text: 'Hi.' }, 'slack.send_message', 'person/erin')).toMatchObject({ by: 'platform', agentId: '' });
});

test('a file comes as base64 or as text', () => {
  const file = (payload: Record<string, unknown>) => text({ name: 'a.md', ...payload }, 'slack.file_upload');
  expect(file({ content: 'SGku' })).toMatchObject({ what: { kind: 'upload', title: 'a.md', content: 'SGku' } });
  expect(file({ text: 'Hi.', title: 'A' })).toMatchObject({ what: { title: 'A', content: 'SGku' } });
  expect(file({})).toMatchObject({ refused: 'ADDRESS_DENIED' });
});

test.each<[string, Record<string, unknown>]>([
  ['message', { text: 'Hi.' }],
  ['slack.send_message', {}],
  ['slack.send_message', { text: 'Hi.', threadTs: '../x' }],
  ['slack.file_upload', { name: 'a', path: '/etc/passwd' }],
])('%s with %o is refused', (command, payload) => {
  expect(text(payload, command)).toMatchObject({ refused: 'ADDRESS_DENIED' });
});
