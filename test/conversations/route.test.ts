import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { type Candidate, type Decision, type RouteFacts, route, type Said } from '../../src/conversations/route.ts';
import { mentionsIn } from '../../src/conversations/slack-event.ts';
import { refuse } from '../../src/refusal.ts';

const candidate = (agentId: string, more: Partial<Candidate> = {}): Candidate => ({
  agentId: agentId as AgentId,
  ...{ keeps: true, listens: false, allowsShared: false, knowsWriter: false },
  ...more,
});
const acme = candidate('codechange/acme');
const docs = candidate('docs');
const sessionId = 'slack-t1-c1-1-1' as SessionId;
const facts = (more: Partial<RouteFacts> = {}): RouteFacts => ({
  ...{ botUser: 'UBOT', sessionId, speakers: [], candidates: [acme], isShared: false, isAsking: false },
  ...more,
});
const bound = { agentId: 'codechange/acme', sessionId };
const said = (text: string, more: Partial<Said> = {}): Said => ({
  ...{ text, mentions: mentionsIn(text), user: 'U1', isDirect: false, isReply: false },
  ...more,
});
const reply = (text: string, more: Partial<Said> = {}) => said(text, { isReply: true, ...more });

describe('a message that is addressed to the bot', () => {
  test('goes to the agent of its thread, whomever else it names', () => {
    const all = facts({ bound, candidates: [acme, docs] });
    expect(route(reply('<@UBOT> docs: how?'), all)).toMatchObject({ kind: 'deliver', agentId: 'codechange/acme' });
  });

  test.each([
    ['<@UBOT> acme: how?', 'codechange/acme'],
    ['<@UBOT> codechange/acme: how?', 'codechange/acme'],
    ['<@UBOT|agent>, Docs, how?', 'docs'],
  ])('goes to the agent that it names: %s', (text, agentId) => {
    expect(route(said(text), facts({ candidates: [acme, docs] }))).toMatchObject({
      kind: 'deliver',
      agentId,
      sessionId,
    });
  });

  test('goes to the only agent of the channel', () => {
    expect(route(said('what is this, <@UBOT>?'), facts())).toMatchObject({
      kind: 'deliver',
      agentId: 'codechange/acme',
    });
  });

  test('waits for a choice between several, of those with the name that it gives, and people are asked once', () => {
    const other = candidate('impl/acme');
    const candidates = [acme, other, docs];
    expect(route(said('<@UBOT> how?'), facts({ candidates }))).toMatchObject({
      kind: 'choose',
      agentIds: ['codechange/acme', 'impl/acme', 'docs'],
      isAsked: false,
    });
    const named = route(said('<@UBOT> acme: how?'), facts({ candidates, isAsking: true }));
    expect(named).toMatchObject({ kind: 'choose', agentIds: ['codechange/acme', 'impl/acme'], isAsked: true });
  });

  test('to a channel that no agent serves is answered with that, and one to nobody is left alone', () => {
    const none = facts({ candidates: [] });
    expect(route(said('<@UBOT> hello'), none)).toMatchObject({ kind: 'tell', text: 'No agent serves this channel.' });
    expect(route(said('hello'), none)).toMatchObject({ kind: 'ignore' });
    expect(route(said('hello', { isDirect: true }), none)).toMatchObject({ kind: 'tell' });
  });

  test('in a channel that is shared with another company is heard only by agents that may be', () => {
    const shared = (allowsShared: boolean) => facts({ isShared: true, candidates: [{ ...acme, allowsShared }] });
    expect(route(said('<@UBOT> hello'), shared(false))).toMatchObject({
      kind: 'tell',
      text: expect.stringContaining('shared'),
    });
    expect(route(said('<@UBOT> hello'), shared(true))).toMatchObject({ kind: 'deliver' });
  });

  test('that is a command of a known person is no question; of a stranger it is', () => {
    const known = facts({ candidates: [{ ...acme, knowsWriter: true }, docs] });
    expect(route(said('<@UBOT> why #12?'), known)).toMatchObject({
      kind: 'command',
      command: { name: 'why', workItemId: 12 },
      agentIds: ['codechange/acme'],
    });
    expect(route(said('<@UBOT> acme: status'), known)).toMatchObject({ kind: 'command', command: { name: 'status' } });
    expect(route(said('<@UBOT> why 12 people wait'), facts())).toMatchObject({ kind: 'deliver' });
    expect(route(said('<@UBOT> stop 12'), facts())).toMatchObject({ kind: 'deliver' });
  });

  test('to an agent that does not work waits with it, or is answered if it would wait for ever', () => {
    const stopped = refuse('PAUSED', 'codechange/acme has been paused');
    const paused = route(said('<@UBOT> hello'), facts({ candidates: [{ ...acme, stopped }] }));
    expect(paused).toMatchObject({ kind: 'deliver', stopped });
    const off = route(said('<@UBOT> hello'), facts({ candidates: [{ ...acme, stopped, keeps: false }] }));
    expect(off).toMatchObject({ kind: 'tell', reason: stopped.why });
  });
});

describe('a reply in the thread of an agent', () => {
  test('of the only person there needs no mention', () => {
    expect(route(reply('and now?'), facts({ bound, speakers: ['U1', 'U1'] }))).toMatchObject({ kind: 'deliver' });
  });

  test('to somebody else is left alone, also of the only person there', () => {
    expect(route(reply('<@U2> look'), facts({ bound, speakers: ['U1'] }))).toEqual({
      kind: 'ignore',
      reason: 'speaks to somebody else',
    });
  });

  test('among several people is for the agent if it spoke last, and else theirs', () => {
    const several = (lastBy: string) => facts({ bound: { ...bound, lastBy }, speakers: ['U1', 'U2'] });
    expect(route(reply('thanks, and the rest?'), several('agent'))).toMatchObject({ kind: 'deliver' });
    expect(route(reply('I think so'), several('U2'))).toMatchObject({
      kind: 'ignore',
      reason: expect.stringContaining('mention the agent'),
    });
    expect(route(reply('<@UBOT> what of it?'), several('U2'))).toMatchObject({ kind: 'deliver' });
  });

  test('that says stop ends its turn', () => {
    expect(route(reply('Stop!'), facts({ bound, speakers: ['U1', 'U2'] }))).toMatchObject({ kind: 'stop', ...bound });
    expect(route(reply('<@UBOT> stop'), facts({ bound }))).toMatchObject({ kind: 'stop' });
    expect(route(reply('do not stop'), facts({ bound }))).toMatchObject({ kind: 'deliver' });
  });

  test('of an agent that is not heard there any more is not given to another one', () => {
    const gone = facts({ bound, candidates: [docs] });
    expect(route(reply('<@UBOT> hello'), gone)).toMatchObject({ kind: 'tell' });
    expect(route(reply('hello'), gone)).toMatchObject({ kind: 'ignore' });
  });
});

describe('a message that addresses nobody', () => {
  test('is sorted by every agent there that sorts and works', () => {
    const listens = true;
    const stopped = refuse('PAUSED', 'paused');
    const candidates = [
      { ...acme, listens },
      docs,
      candidate('qa', { listens }),
      candidate('off', { listens, stopped }),
    ];
    expect(route(said('the build broke'), facts({ candidates }))).toMatchObject({
      kind: 'ambient',
      agentIds: ['codechange/acme', 'qa'],
    });
    expect(route(said('the build broke'), facts())).toMatchObject({
      kind: 'ignore',
      reason: expect.stringContaining('triage.md'),
    });
  });

  test('between people is left alone: to somebody else, or in a thread of theirs', () => {
    const open = facts({ candidates: [{ ...acme, listens: true }] });
    expect(route(said('<@U2> the build broke'), open)).toMatchObject({ kind: 'ignore' });
    expect(route(reply('it did'), open)).toMatchObject({ kind: 'ignore' });
  });

  test("below an agent's own message is for that agent", () => {
    expect(route(reply('why?'), facts({ rootBy: 'docs', candidates: [acme, docs] }))).toMatchObject({
      kind: 'deliver',
      agentId: 'docs',
    });
  });
});

const anyCandidate = fc.record({
  agentId: fc.constantFrom('codechange/acme', 'codechange/globex', 'docs', 'impl/acme').map((id) => id as AgentId),
  keeps: fc.boolean(),
  listens: fc.boolean(),
  allowsShared: fc.boolean(),
  knowsWriter: fc.boolean(),
  stopped: fc.option(fc.constant(refuse('PAUSED', 'paused')), { nil: undefined }),
});
const words = fc
  .array(fc.constantFrom('<@UBOT>', '<@U2>', 'acme:', 'globex:', 'stop', 'status', 'why', '12', 'hello'), {
    maxLength: 5,
  })
  .map((parts) => parts.join(' '));
const anySaid = fc
  .record({ text: words, user: fc.constantFrom('U1', 'U2'), isDirect: fc.boolean(), isReply: fc.boolean() })
  .map((each) => ({ ...each, mentions: mentionsIn(each.text) }));
const anyFacts: fc.Arbitrary<RouteFacts> = fc.record({
  botUser: fc.constant('UBOT'),
  sessionId: fc.constant(sessionId),
  speakers: fc.array(fc.constantFrom('U1', 'U2', 'U3'), { maxLength: 3 }),
  candidates: fc.uniqueArray(anyCandidate, { selector: ({ agentId }) => agentId, maxLength: 3 }),
  isShared: fc.boolean(),
  isAsking: fc.boolean(),
  rootBy: fc.constantFrom(undefined, 'docs', 'codechange/globex'),
  bound: fc.constantFrom(undefined, bound, { ...bound, lastBy: 'agent' }, { ...bound, agentId: 'codechange/globex' }),
});

const given = (decision: Decision): readonly string[] =>
  'agentIds' in decision ? decision.agentIds : 'agentId' in decision ? [decision.agentId] : [];

test('whatever is said: only agents heard at the place get it, and of a bound thread only its own', () => {
  fc.assert(
    fc.property(anySaid, anyFacts, (message, place) => {
      const decision = route(message, place);
      expect(decision.reason).not.toBe('');
      for (const agentId of given(decision)) {
        const heard = place.candidates.find((one) => one.agentId === agentId);
        expect(heard).toBeDefined();
        if (place.isShared) expect(heard?.allowsShared).toBe(true);
        if (place.bound) expect(agentId).toBe(place.bound.agentId);
      }
      expect(route(message, place)).toEqual(decision);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever is said: who mentions the bot is never left alone where an agent is heard, and who speaks to somebody else is', () => {
  fc.assert(
    fc.property(anySaid, anyFacts, (message, place) => {
      const decision = route(message, place);
      const isAddressed = message.isDirect || message.mentions.includes('UBOT');
      if (isAddressed) expect(decision.kind).not.toBe('ignore');
      if (isAddressed) expect(decision.kind).not.toBe('ambient');
      if (!isAddressed && message.mentions.length > 0) expect(decision.kind).toBe('ignore');
    }),
    { numRuns: 2_000 },
  );
});
