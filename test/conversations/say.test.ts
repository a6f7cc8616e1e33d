/** What a turn may say: in its own thread only, once for each message, and not for ever without people. */
import { expect, test } from 'vitest';
import { type SayFacts, type SayIntent, sayIntentSchema, wishOf } from '../../src/conversations/say.ts';
import { limits } from '../../src/limits.ts';
import { granted } from '../store/fixture.ts';

const place = { app: 'default', channel: 'C1', root: '1.1' };
const facts: SayFacts = {
  ...{ agentId: 'docs', sessionId: 'slack-t1-c1-1-1', epoch: 3, place },
  ...{ last: { id: 'm1', user: 'U1', ts: '1.2' }, inRow: 0, now: 1_000 },
};
const reply: SayIntent = { kind: 'reply', text: 'Brown.' };

test('an intent has no address: its place is the thread of the session', () => {
  expect(wishOf(reply, facts)).toMatchObject({ place, by: 'agent', what: { kind: 'post', text: 'Brown.' } });
  expect(sayIntentSchema.parse({ ...reply, channel: 'C2', root: '9.9' })).toEqual(reply);
  const { place: _, ...nowhere } = facts;
  expect(wishOf(reply, nowhere)).toMatchObject({ refused: 'ADDRESS_DENIED' });
});

test('a turn that comes again says the same once; another message gets an answer of its own', () => {
  const keyOf = (intent: SayIntent, more: Partial<SayFacts> = {}) => granted(wishOf(intent, { ...facts, ...more })).key;
  expect(keyOf({ kind: 'reply', text: 'In other words.' }, { epoch: 4 })).toBe(keyOf(reply));
  expect(keyOf(reply, { last: { id: 'm2' } })).not.toBe(keyOf(reply));
  expect(keyOf({ kind: 'react', name: 'eyes' }, { epoch: 4 })).toBe(keyOf({ kind: 'react', name: 'eyes' }));
});

test('the one who is answered is mentioned only where the turn asks for it', () => {
  expect(granted(wishOf(reply, facts)).what).not.toHaveProperty('mention');
  expect(granted(wishOf({ ...reply, mention: true }, facts)).what).toMatchObject({ mention: 'U1' });
});

test('the options of a question are buttons that expire', () => {
  const asked = granted(wishOf({ kind: 'ask', text: 'Which?', options: ['Red', 'Blue'] }, facts));
  const expiresAt = 1_000 + limits.buttonHours * 3_600_000;
  expect(asked.buttons).toEqual([
    { label: 'Red', action: 'answer', body: { text: 'Red' }, expiresAt },
    { label: 'Blue', action: 'answer', body: { text: 'Blue' }, expiresAt },
  ]);
});

test('a reaction is to the message that is answered, or to one that is named', () => {
  expect(granted(wishOf({ kind: 'react', name: 'eyes' }, facts)).what).toMatchObject({ ts: '1.2' });
  expect(granted(wishOf({ kind: 'react', name: 'eyes', ts: '1.1' }, facts)).what).toMatchObject({ ts: '1.1' });
  expect(wishOf({ kind: 'react', name: 'eyes' }, { ...facts, last: { id: 'm1' } })).toMatchObject({
    refused: 'TOOL_PATH',
  });
});

test('an agent is silent after six messages without a person in between', () => {
  expect(wishOf(reply, { ...facts, inRow: 5 })).not.toHaveProperty('refused');
  expect(wishOf(reply, { ...facts, inRow: 6 })).toMatchObject({ refused: 'RATE' });
});
