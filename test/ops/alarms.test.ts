import { expect, test } from 'vitest';
import { limits } from '../../src/limits.ts';
import { type AlarmFacts, alarmsOf } from '../../src/ops/alarms.ts';
import { refuse } from '../../src/refusal.ts';
import type { AgentFacts, ItemFacts } from '../../src/status/facts.ts';
import { overviewOf } from '../../src/status/overview.ts';
import { agentWith, itemWith, minute, nextBeat, now, sessionOf } from '../status/facts.ts';
import { deploying, itemIn, planReady } from '../work-items/fixture.ts';

const hour = 60 * minute;
const day = 24 * hour;
const id = 'codechange/acme';

/** What is told of acme alone. */
function told(agents: readonly AgentFacts[], items: readonly ItemFacts[] = [], more: Partial<AlarmFacts> = {}) {
  return alarmsOf({ agents, needs: overviewOf(agents, items).needs, broken: [], unsent: [], now, ...more });
}

const main = (why: ReturnType<typeof refuse>) => ({ agentId: id, sessionId: 'main', lastActiveAt: now, waits: why });

test('an agent with which all is well, or that a person paused, gives no alarm', () => {
  expect(told([agentWith({ record: { lastLookAt: now - minute } })])).toEqual([]);
  expect(told([agentWith({ record: { pausedAt: now - day } })])).toEqual([]);
});

test('a session whose turns keep breaking is told with its next try', () => {
  const crashed = refuse('CRASHED', '3 turns in a row of wi-12 of codechange/acme failed: no space');
  const session = sessionOf(itemIn('planning'), { waits: crashed, wakeAt: now + minute, notBefore: now + 5 * minute });
  expect(told([agentWith({ sessions: [session] })])).toEqual([
    {
      ...{ key: `worker ${id} wi-12`, kind: 'worker', agentId: id, workItemId: 12, code: 'CRASHED', why: crashed.why },
      ...{ fix: expect.stringContaining('`jvagent logs codechange/acme`'), since: null, nextLookAt: now + 5 * minute },
    },
  ]);
});

test('a board is late after three beats without a good look, and not before fifteen minutes', () => {
  const late = (heartbeat: string, minutes: number, more: Partial<AgentFacts> = {}) =>
    told([agentWith({ record: { lastLookAt: now - minutes * minute }, ...more }, { heartbeat })]);
  expect(late('*/5 * * * *', 14)).toEqual([]);
  expect(late('*/5 * * * *', 16)).toMatchObject([
    { key: `board ${id}`, why: expect.stringContaining('not looked at its board with success since 2026-11-20 11:44') },
  ]);
  expect(late('0 * * * *', 120)).toEqual([]);
  expect(late('0 * * * *', 181)).toMatchObject([{ kind: 'board', since: now - 181 * minute }]);
  // No beat at night, and noon of a Friday is now.
  expect(late('*/5 12-18 * * *', 17 * 60 + 4)).toEqual([]);
});

test('a board that does not answer is told in the words of status, with its next look', () => {
  const silent = refuse('OUTSIDE_UNREACHABLE', 'Azure DevOps (acme): it does not answer');
  expect(told([agentWith({ sessions: [main(silent)] })])).toMatchObject([
    {
      kind: 'board',
      code: 'OUTSIDE_UNREACHABLE',
      why: silent.why,
      fix: silent.fix,
      nextLookAt: nextBeat,
    },
  ]);
});

test('a dead token is told once an agent, whether its board or several of its work items met it', () => {
  const dead = { ...refuse('OUTSIDE_AUTH', 'it answered 401', 'Replace GIT_TOKEN.'), token: 'GIT_TOKEN' };
  const sessions = [1, 2].map((n) => ({
    ...sessionOf(itemIn('executing'), { waits: dead, sessionId: `wi-${n}` }),
    workItemId: n,
  }));
  const agent = agentWith({ sessions: [main(dead), ...sessions] });
  const items = sessions.map((session) => itemWith({ agent, session, workItemId: session.workItemId }));
  const own = { key: `token ${id} GIT_TOKEN`, kind: 'token', code: 'OUTSIDE_AUTH', fix: 'Replace GIT_TOKEN.' };
  expect(told([agent], items)).toMatchObject([own]);
  expect(told([{ ...agent, sessions }], items)).toMatchObject([{ ...own, workItemId: 1 }]);
});

test('what stops an agent until a person acts is told, with a finding of its systems', () => {
  const fault = refuse('SECRETS_MODE', 'others can read it');
  expect(told([agentWith({ fault })])).toMatchObject([{ key: `agent ${id} SECRETS_MODE`, fix: fault.fix }]);
  const found = {
    id: `${id} branch`,
    status: 'fail' as const,
    what: 'no such branch',
    fix: 'Make it.',
    at: now - hour,
  };
  const findings = [{ ...found, seenBy: 'doctor' as const }];
  expect(told([agentWith({ findings })])).toMatchObject([
    {
      key: `agent ${id} ${id} branch`,
      why: expect.stringContaining('no such branch'),
      fix: 'Make it.',
      since: now - hour,
    },
  ]);
});

test("a hold is told with the deployment that went wrong, and a failing model with the provider's words", () => {
  const hold = { ...refuse('HOLD', 'not healthy'), since: now - hour, workItemId: 7 };
  expect(told([agentWith({ record: { hold } })])).toMatchObject([
    { key: `hold ${id}`, why: expect.stringContaining('for work item 7: not healthy'), since: now - hour },
  ]);
  const fault = { ...refuse('OUTSIDE_LIMITED', 'overloaded'), system: 'model' as const };
  const modelFault = { ...fault, since: now - hour, until: now + minute };
  expect(told([agentWith({ record: { modelFault } })])).toMatchObject([
    {
      kind: 'model',
      agentId: id,
      code: 'OUTSIDE_LIMITED',
      why: 'overloaded',
      since: now - hour,
      nextLookAt: now + minute,
    },
  ]);
});

test('agents whose models fail in the same way are one alarm, for as long as one of them fails', () => {
  const failing = (agentId: string, since: number, fix = 'Set ANTHROPIC_API_KEY in .env.') => {
    const fault = { ...refuse('OUTSIDE_AUTH', 'invalid x-api-key', fix), system: 'model' as const };
    const modelFault = { ...fault, since, until: now };
    return { ...agentWith({ record: { modelFault } }), id: agentId };
  };
  const [one, two] = [failing('codechange/globex', now - hour), failing('codechange/acme', now - minute)];
  const both = told([two, one]);
  expect(both).toMatchObject([
    { agentId: 'codechange/globex', why: 'invalid x-api-key (so too for codechange/acme)', since: now - hour },
  ]);
  expect(told([two]).map(({ key }) => key)).toEqual(both.map(({ key }) => key));
  const waits = one.record.modelFault;
  const session = sessionOf(itemIn('planning'), waits ? { waits } : {});
  const agent = { ...one, sessions: [session] };
  expect(told([agent], [itemWith({ agent, session })]).map(({ kind }) => kind)).toEqual(['model']);
  const own = failing('codechange/own', now, 'Set MODEL_API_KEY in codechange/own/secrets.env.');
  expect(told([one, two, own])).toHaveLength(2);
});

test('what only items in work meet, and would keep every one, is told at once and once; a rule of the board is not', () => {
  const meets = (code: 'SANDBOX_UNAVAILABLE' | 'OUTSIDE_REFUSED') => {
    const items = [1, 2].map((workItemId) => {
      const session = {
        ...sessionOf(itemIn('executing'), { waits: refuse(code, 'no'), sessionId: `wi-${workItemId}` }),
        workItemId,
      };
      return itemWith({ agent: agentWith({ sessions: [session] }), session, workItemId });
    });
    return told([agentWith()], items);
  };
  expect(meets('SANDBOX_UNAVAILABLE')).toMatchObject([{ key: `agent ${id} SANDBOX_UNAVAILABLE`, workItemId: 1 }]);
  expect(meets('OUTSIDE_REFUSED')).toEqual([]);
});

test('a token that expires within a week is told, and one that lasts longer is not', () => {
  const expiring = (days: number) => told([agentWith({ record: { tokenExpiries: { GIT_TOKEN: now + days * day } } })]);
  expect(expiring(limits.tokenExpiryDays + 0.1)).toEqual([]);
  expect(expiring(limits.tokenExpiryDays)).toMatchObject([
    {
      key: `expiry ${id} GIT_TOKEN`,
      why: 'GIT_TOKEN of codechange/acme expires at 2026-11-27 12:00 UTC',
      fix: expect.stringContaining('codechange/acme/secrets.env'),
    },
  ]);
});

test("four fifths of a day's budget are told, of an agent and of a branch that shares one", () => {
  const spent = (usdToday: number) => agentWith({ usdToday }, { limits: { dayUsdMax: 10 } });
  expect(told([spent(7.99)])).toEqual([]);
  expect(told([spent(8)])).toMatchObject([
    { key: `budget ${id}`, code: 'BUDGET_DAY', why: expect.stringContaining('8.00 of the 10 USD') },
  ]);
  expect(told([spent(10)])).toMatchObject([
    { why: 'codechange/acme has used up its 10 USD of today', nextLookAt: Date.UTC(2026, 10, 21) },
  ]);
  const base = agentWith({ usdToday: 4 });
  if (!base.agent) throw new Error('acme is sound');
  const branchLimits = [{ agentId: 'codechange' as typeof base.agent.id, limits: { dayUsdMax: 10 } }];
  const agent = { ...base.agent, branchLimits };
  expect(told([{ ...base, agent }])).toEqual([]);
  const other = { ...base, id: 'codechange/globex', agent };
  expect(told([{ ...base, agent }, other])).toMatchObject([
    { key: 'budget codechange', why: expect.stringContaining('codechange and the agents below it used 8.00') },
  ]);
});

test("what waits for a person longer than the agent's reminder is told with its fix", () => {
  const waits = (hours: number, since: number) => {
    const session = sessionOf({ ...planReady, since: now - since * hour });
    const agent = agentWith({ sessions: [session] }, { approval: { remindAfterHours: hours } });
    return told([agent], [itemWith({ agent, session })]);
  };
  expect(waits(48, 47)).toEqual([]);
  expect(waits(48, 48)).toMatchObject([
    { key: `waiting ${id} 12 plan-ready`, workItemId: 12, fix: expect.stringContaining('must set the state to') },
  ]);
});

test('an item that waits for the hold is not told beside the hold', () => {
  const hold = { ...refuse('HOLD', 'not healthy'), since: now - 100 * hour };
  const session = sessionOf({ ...deploying, since: now - 100 * hour });
  const agent = agentWith({ record: { hold }, sessions: [session] });
  expect(told([agent], [itemWith({ agent, session })]).map(({ kind }) => kind)).toEqual(['hold']);
});

test('an app that is dead is told once for all its agents', () => {
  const fault = refuse('OUTSIDE_AUTH', 'invalid_auth');
  const slackApp = { name: 'default', state: 'dead', fault, at: now - hour } as const;
  const agents = [agentWith({ slackApp }), { ...agentWith({ slackApp }), id: 'codechange/globex' }];
  expect(told(agents)).toMatchObject([
    { key: 'slack default', agentId: id, why: 'the Slack app default does not work: invalid_auth', since: now - hour },
  ]);
});

test('a broken audit log and unsent messages are told with their agent', () => {
  const broken = [{ agentId: id, brokenAt: 3, why: 'it was changed after it was written' }];
  const unsent = [{ agentId: id, count: 2, last: refuse('ADDRESS_DENIED', 'not in the channel'), at: now - minute }];
  expect(told([], [], { broken, unsent })).toMatchObject([
    { key: `audit ${id}`, why: expect.stringContaining('at entry 3: it was changed'), code: null },
    { key: `unsent ${id}`, why: expect.stringContaining('2 messages of codechange/acme'), code: 'ADDRESS_DENIED' },
  ]);
});
