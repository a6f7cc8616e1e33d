import { expect, test } from 'vitest';
import type { Agent } from '../../src/agents/agent.ts';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import type { SessionId } from '../../src/broker/session-id.ts';
import { refuse } from '../../src/refusal.ts';
import { createPermitBlocks } from '../../src/supervisor/permit-blocks.ts';
import type { RunningTurn } from '../../src/supervisor/running-turn.ts';
import type { Intent } from '../../src/work-items/lifecycle/events.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { acme, claimOptions, granted, openTestStore, rules, session } from '../store/fixture.ts';
import { codeOf, deploying, merged } from '../work-items/fixture.ts';

const weekend = 'Fri 16:00-Mon 06:00 Europe/Berlin';

function agentWith(freeze: string[]): Agent {
  const config = customerConfig('acme');
  const { root } = createWorkspace({
    'codechange/acme/jvAgent.json': { ...config, instance: { ...config.instance, deploy: { freeze } } },
  });
  const state = createAgentStore({ root, home: root }).get(acme);
  if (!state || !('agent' in state)) throw new Error('the agent has a fault');
  return state.agent;
}

/** The turn of work item 12, its agent trusted, and what is asked for it. */
async function begin(freeze: string[] = []) {
  const { store, clock } = await openTestStore();
  const agent = agentWith(freeze);
  await store.agents.set(acme, { trusted: { digest: agent.digest, steering: agent.steering } });
  await store.sessions.ensure(session);
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  const turn: RunningTurn = {
    ...session,
    turnId: 't12',
    epoch,
    claimId,
    sinceRenewed: () => 0,
    agent,
    batch: [],
    isAskedFor: false,
    phase: 'deploying',
  };
  const blocks = createPermitBlocks({ store, clock });
  const code = async (kind: Parameters<typeof blocks.blocked>[1]) => codeOf(await blocks.blocked(turn, kind));
  return { store, clock, agent, turn, blocks, code };
}

test('nothing blocks a turn that has its session', async () => {
  const { code } = await begin();
  expect([await code('report'), await code('push'), await code('deploy')]).toEqual([undefined, undefined, undefined]);
});

test('a turn whose lease ran out or was given to another gets no permit', async () => {
  const { store, clock, code, turn } = await begin();
  clock.time += claimOptions.leaseMs;
  expect(await code('report')).toBe('GATE_LEASE');
  const next = granted(await store.sessions.claim(claimOptions));
  expect(await code('report')).toBe('GATE_LEASE');
  turn.epoch = next.epoch;
  expect(await code('report')).toBe('GATE_LEASE');
  turn.claimId = next.claimId;
  expect(await code('report')).toBeUndefined();
});

test('a pause of the agent or of the platform stops every kind, also a rollback', async () => {
  const { store, code } = await begin();
  await store.agents.pause(acme);
  expect([await code('report'), await code('rollback')]).toEqual(['PAUSED', 'PAUSED']);
  await store.agents.resume(acme);
  await store.platform.pause();
  expect(await code('push')).toBe('PAUSED');
});

test('a configuration that was trusted meanwhile is not the one of this turn', async () => {
  const { store, code, agent } = await begin();
  await store.agents.set(acme, { trusted: { digest: 'another', steering: agent.steering } });
  expect(await code('report')).toBe('CONFIG_UNTRUSTED');
});

test('a freeze stops only deployments, and says until when', async () => {
  // The clock of the test begins on Friday, 2026-11-20 at 12:00 UTC.
  const { blocks, turn } = await begin(['Fri 12:00-Mon 06:00 UTC']);
  const until = Date.parse('2026-11-23T06:00:00Z');
  expect(await blocks.blocked(turn, 'deploy')).toMatchObject({ refused: 'FREEZE', until });
  expect(await blocks.blocked(turn, 'rollback')).toBeUndefined();
  expect(await blocks.blocked(turn, 'push')).toBeUndefined();
  const later = await begin([weekend]);
  expect(await later.code('deploy')).toBeUndefined();
});

test('a hold affects only deployments, and names the bad merge', async () => {
  const { store, blocks, turn } = await begin();
  const since = Date.UTC(2026, 10, 20, 12);
  const hold = { ...refuse('HOLD', 'not healthy'), sha: merged, before: 'b', since, workItemId: 7 };
  await store.agents.set(acme, { hold });
  const why = expect.stringMatching(/on hold since 2026-11-20 12:00 UTC, .* for work item 7: not healthy$/);
  const fix = expect.stringContaining('`jvagent release codechange/acme`');
  expect(await blocks.blocked(turn, 'deploy')).toEqual({ ...hold, why, fix });
  expect(await blocks.blocked(turn, 'rollback')).toBeUndefined();
  expect(await blocks.blocked(turn, 'report')).toBeUndefined();
});

test('an instance gets one deployment at a time, until its effect has ended', async () => {
  const { store, blocks, turn, code } = await begin();
  const wi13 = { ...session, sessionId: 'wi-13' as SessionId };
  await store.sessions.ensure(wi13);
  const other = { ...turn, ...granted(await store.sessions.claim({ ...claimOptions, ...wi13 })), ...wi13 };
  expect(await store.shared.takeInstance(other)).toBeUndefined();
  expect(await code('deploy')).toBe('OVERLAP');
  expect(await code('report')).toBeUndefined();
  await store.shared.leaveInstance(other);
  expect(await code('deploy')).toBeUndefined();
  expect(turn.isDeploying).toBe(true);
  expect(await blocks.otherMerges(turn)).toEqual([]);
});

test('the merges of the other items on their way to the instance are known, but for those that a hold keeps back', async () => {
  const { store, blocks, turn } = await begin();
  const wi13 = { ...session, sessionId: 'wi-13' };
  await store.sessions.ensure(wi13);
  const { epoch, claimId } = granted(await store.sessions.claim({ ...claimOptions, ...wi13 }));
  const apply = (event: Parameters<typeof store.items.apply>[0]['event']) =>
    store.items.apply({ ...wi13, epoch, claimId, rules, event });
  await apply({ kind: 'found', title: 'Guard keys', type: 'Bug' });
  expect(await blocks.otherMerges(turn)).toEqual([]);
  const { plan } = deploying.plan ?? {};
  if (!plan) throw new Error('the fixture has no plan');
  await apply({ kind: 'plan-submitted', plan, text: 't', hash: 'h', baseSha: 'b', contentHash: 'c' });
  await apply({ kind: 'approved', approval: { rev: 1, by: { id: 'e', name: 'E', mail: 'e' }, at: 1 }, branch: 'x' });
  await apply({
    kind: 'effect-done',
    intent: { kind: 'open-pr', branch: 'x', sha: 's', nth: 1 },
    result: { number: 4 },
  });
  await apply({ kind: 'merged', mergedSha: merged });
  expect(await blocks.otherMerges(turn)).toEqual([{ workItemId: 13, mergedSha: merged }]);
  expect(await blocks.blocked(turn, 'deploy')).toBeUndefined();

  // What was sent counts as running until it is verified, no matter which turn has it.
  const sent: Intent = { kind: 'deploy', sha: merged, nth: 1 };
  await apply({ kind: 'effect-done', intent: sent, result: { deploymentId: '9' } });
  const underWay = { refused: 'OVERLAP', why: expect.stringContaining('wi-13') };
  for (const kind of ['deploy', 'rollback'] as const) expect(await blocks.blocked(turn, kind)).toMatchObject(underWay);
  await store.sessions.release({ ...wi13, epoch, claimId, end: 'rested', why: refuse('HOLD', 'not healthy') });
  expect(await blocks.otherMerges(turn)).toEqual([]);
});
