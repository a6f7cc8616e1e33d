/** An agent speaks with its own app in its own channels and threads; nobody's words leave elsewhere. */
import { expect, test } from 'vitest';
import { permitToSay, type SayGateFacts, type SayWish, useOf } from '../../src/conversations/gate/say-gate.ts';
import { refuse } from '../../src/refusal.ts';

const clock = { now: () => 1_000, sleep: async () => {} };
const wish: SayWish = {
  ...{ agentId: 'acme', sessionId: 's', by: 'agent', place: { app: 'default', channel: 'C1', root: '1.1' } },
  what: { kind: 'post', text: 'Brown.' },
};
const agent = { app: 'default', channels: ['C1'], allowShared: false, configDigest: 'd' };
const asked = (facts: Partial<SayGateFacts>, more: Partial<SayWish> = {}) =>
  permitToSay({ ...wish, ...more }, { isShared: false, ...facts }, { id: 'p1', clock });

test('a permit is for these words in this place', () => {
  const permit = asked({ agent });
  if ('refused' in permit) throw new Error(permit.why);
  const used = (place: SayWish['place'], what: SayWish['what']) => permit.spend(['say'], useOf(place, what));
  expect(used({ ...wish.place, channel: 'C2' }, wish.what)).toMatchObject({ refused: 'GATE_TENANT' });
  expect(used({ app: 'default', channel: 'C1' }, wish.what)).toMatchObject({ refused: 'GATE_TENANT' });
  expect(used(wish.place, { kind: 'post', text: 'Red.' })).toMatchObject({ refused: 'GATE_TENANT' });
  expect(used(wish.place, wish.what)).toBeUndefined();
  expect(used(wish.place, wish.what)).toMatchObject({ refused: 'GATE_UNVERIFIABLE' });
});

test.each<[string, Partial<SayGateFacts>, Partial<SayWish>]>([
  ['a channel of another agent', { agent }, { place: { app: 'default', channel: 'C2' } }],
  ['a thread of another agent in its own channel', { agent, threadOf: 'globex' }, {}],
  ['a channel in which another company reads', { agent, isShared: true }, {}],
  ['another app', { agent: { ...agent, app: 'globex' } }, {}],
])('%s is refused', (_, facts, more) => {
  expect(asked(facts, more)).toMatchObject({ refused: 'ADDRESS_DENIED' });
});

test('a thread that is its own is open to it in a channel that no list names, such as a direct message', () => {
  const place = { app: 'default', channel: 'D1', root: '1.1' };
  expect(asked({ agent }, { place })).toMatchObject({ refused: 'ADDRESS_DENIED' });
  expect(asked({ agent, threadOf: 'acme' }, { place })).not.toHaveProperty('refused');
});

test('a paused agent is silent, and the platform still answers a person', () => {
  const blocked = refuse('PAUSED', 'acme has been paused');
  expect(asked({ agent: { ...agent, blocked } })).toMatchObject({ refused: 'PAUSED' });
  expect(asked({ agent: { ...agent, blocked } }, { by: 'platform' })).not.toHaveProperty('refused');
  expect(asked({}, { by: 'platform', agentId: '' })).not.toHaveProperty('refused');
  expect(asked({})).toMatchObject({ refused: 'AGENT_ID' });
});

test('a shared channel is open to an agent that may speak there, and one of which that is not known to none', () => {
  expect(asked({ agent: { ...agent, allowShared: true }, isShared: true })).not.toHaveProperty('refused');
  const unknown = refuse('GATE_UNVERIFIABLE', 'Slack does not answer');
  expect(asked({ agent, isShared: unknown })).toMatchObject({ refused: 'GATE_UNVERIFIABLE' });
});
