/** Who may decide by a press in Slack: a mapped person with the right, live, about what they were shown, and nobody else. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DecisionFacts, permitDecision } from '../../src/conversations/gate/person-decision.ts';
import { isRefusal, refuse } from '../../src/refusal.ts';

const clock = { now: () => 0, sleep: async () => {} };
const ask = (facts: DecisionFacts) => permitDecision(facts, { id: 'permit-1', clock });

const sound: DecisionFacts = {
  agentId: 'impl/acme',
  sessionId: 'main',
  user: 'U1',
  right: 'confirm',
  people: {
    U1: { person: 'erin@acme.example.com', may: ['confirm'] },
    U2: { person: 'rob@acme.example.com', may: ['stop'] },
  },
  only: ['Erin@acme.example.com'],
  live: { team: 'T1', isBot: false, isGuest: false, isDeleted: false },
  team: 'T1',
  shown: 'hash-1',
  current: 'hash-1',
  configDigest: 'digest',
};

test('the mapped person gets a permit for what they were shown', () => {
  const given = ask(sound);
  if (isRefusal(given)) throw new Error(given.why);
  expect(given.person).toBe('erin@acme.example.com');
  expect(given.permit.binding).toMatchObject({ kind: 'person-decision', hash: 'hash-1', agentId: 'impl/acme' });
  expect(given.permit.spend(['person-decision'], { hash: 'hash-1' })).toBeUndefined();
  expect(given.permit.spend(['person-decision'], { hash: 'hash-1' })?.refused).toBe('GATE_UNVERIFIABLE');
});

const live = (more: Partial<DecisionFacts['live']>) => ({ live: { ...sound.live, ...more } });

test.each<[string, Partial<DecisionFacts>, string]>([
  ['a bot', live({ isBot: true }), 'GATE_ACTOR'],
  ['a guest', live({ isGuest: true }), 'GATE_ACTOR'],
  ['a deleted user', live({ isDeleted: true }), 'GATE_ACTOR'],
  ['a user of another workspace', live({ team: 'T2' }), 'GATE_ACTOR'],
  ['a user of whom the workspace is not known', live({ team: undefined }), 'GATE_ACTOR'],
  ['somebody who is not mapped', { user: 'U9' }, 'GATE_ACTOR'],
  ['a user with the name of a property', { user: 'constructor' }, 'GATE_ACTOR'],
  ['somebody without the right', { user: 'U2' }, 'GATE_ACTOR'],
  ['somebody who is no confirmer', { only: ['rob@acme.example.com'] }, 'GATE_ACTOR'],
  ['anybody where nobody is', { only: [] }, 'GATE_ACTOR'],
  ['somebody who saw another thing', { current: 'hash-2' }, 'GATE_REV'],
  ['somebody who saw what is gone', { current: undefined }, 'GATE_REV'],
  [
    'anybody while the configuration is not trusted',
    { blocked: refuse('CONFIG_UNTRUSTED', 'changed') },
    'CONFIG_UNTRUSTED',
  ],
])('%s is refused', (_, more, code) => {
  expect(ask({ ...sound, ...more })).toMatchObject({ refused: code, fix: expect.any(String) });
});

test('whatever else holds, one fact that does not hold is enough for no permit', () => {
  const flag = fc.boolean();
  const facts = fc.record({
    bot: flag,
    guest: flag,
    gone: flag,
    own: flag,
    mapped: flag,
    right: flag,
    listed: flag,
    same: flag,
  });
  fc.assert(
    fc.property(facts, ({ bot, guest, gone, own, mapped, right, listed, same }) => {
      const given = ask({
        ...sound,
        live: { team: own ? 'T1' : 'T2', isBot: bot, isGuest: guest, isDeleted: gone },
        user: mapped ? 'U1' : 'U3',
        right: right ? 'confirm' : 'reject',
        only: listed ? ['erin@acme.example.com'] : ['rob@acme.example.com'],
        current: same ? 'hash-1' : 'hash-2',
      });
      expect(!isRefusal(given)).toBe(!bot && !guest && !gone && own && mapped && right && listed && same);
    }),
  );
});
