/** A person at the terminal sees what an agent proposes, and decides once. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { type Proposal, proposalHash, seenValue } from '../../../src/conversations/proposal.ts';
import { createCliWorkspace } from '../fixture.ts';

const agentId = 'impl/acme';
const key = { agentId, sessionId: 'main' };

function proposalNow(): Proposal {
  const before = seenValue({ status: 200, body: { value: 30 } }, (body) => body);
  const request = { method: 'PUT', path: '/config/timeout', body: { value: 45 } } as const;
  const parts = { ...key, request, before, why: 'Erin asked for it.', expiresAt: Date.now() + 3_600_000 };
  return { id: 'p1', at: Date.now(), hash: proposalHash(parts), ...parts };
}

/** A workspace in which an impl agent has proposed something. */
async function workspace() {
  const instance = { name: 'acme-production', url: 'https://acme.example.com', writePaths: ['/config/*'] };
  const made = createCliWorkspace({
    'impl/acme/secrets.env': 'INSTANCE_API_TOKEN=instance-token-1\n',
    'impl/acme/jvAgent.json': { id: agentId, instance: { ...instance, confirmers: ['erin@acme.example.com'] } },
  });
  await made.fill(async ({ sessions, proposals }) => {
    await sessions.ensure(key);
    const claim = await sessions.claim({ ...key, owner: 'node', leaseMs: 1, batchMax: 1 });
    await proposals.add({ ...key, epoch: claim?.epoch ?? 0, claimId: claim?.claimId ?? '' }, proposalNow(), 'May I?');
  });
  return made;
}

const stateOf = ({ fill }: Pick<Awaited<ReturnType<typeof workspace>>, 'fill'>) =>
  fill(async ({ proposals, audit }) => {
    const { state, decidedBy } = (await proposals.get('p1')) ?? {};
    return { state, decidedBy, acts: (await audit.tail(agentId, 10)).map(({ action }) => action) };
  });

test('what is proposed is shown whole, and stands in status among what needs a person', async () => {
  const { run } = await workspace();
  const { out } = await run('proposals', agentId);
  for (const part of ['PUT /config/timeout', 'value: 30 -> 45', 'Erin asked for it.', 'erin@acme.example.com'])
    expect(out).toContain(part);
  const { needs } = JSON.parse((await run('status', '--json')).out);
  expect(needs).toMatchObject([
    {
      agentId,
      code: null,
      why: expect.stringContaining('value: 30 -> 45'),
      fix: expect.stringContaining('confirm impl/acme p1'),
    },
  ]);
});

test('the session that proposes shows it while it is open', async () => {
  const { run } = await workspace();
  expect((await run('show', agentId, 'main')).out).toMatch(/proposes +p1: PUT \/config\/timeout/);
  expect(JSON.parse((await run('show', agentId, 'main', '--json')).out).proposals).toMatchObject([{ id: 'p1' }]);
  await run('decline', agentId, 'p1');
  expect(JSON.parse((await run('show', agentId, 'main', '--json')).out)).not.toHaveProperty('proposals');
});

test('an agent that is forgotten leaves none of its proposals and words', async () => {
  const { fill } = await workspace();
  const left = await fill(async ({ agents, outbox, proposals, threads }) => {
    const place = { app: 'default', channel: 'C1', root: '1.2' };
    const owned = { agentId: agentId as AgentId, sessionId: 'main' as SessionId };
    await threads.bind({ ...place, ...owned, team: 'T1', at: 1 });
    await outbox.add({ key: 'k', ...key, place, by: 'agent', what: { kind: 'post', text: 'Hello.' } });
    await agents.forget(agentId);
    return [await outbox.of(agentId), await proposals.open(agentId), await threads.get(place)];
  });
  expect(left).toEqual([[], [], undefined]);
});

test('a confirmation counts once, with the name of who gave it', async () => {
  const made = await workspace();
  expect(await made.run('confirm', agentId, 'p1')).toMatchObject({
    code: 0,
    out: expect.stringContaining('is confirmed'),
  });
  expect(await made.run('decline', agentId, 'p1')).toMatchObject({
    code: 1,
    err: expect.stringContaining('was confirmed by'),
  });
  const after = await stateOf(made);
  expect(after).toMatchObject({ state: 'confirmed', decidedBy: expect.stringMatching(/at the terminal$/) });
  expect(after.acts).toEqual(['propose', 'confirm', 'decline']);
  expect((await made.run('proposals')).out).toContain('No proposal waits');
});

test('a declined proposal is over', async () => {
  const made = await workspace();
  expect(await made.run('decline', agentId, 'p1')).toMatchObject({
    code: 0,
    out: expect.stringContaining('is declined'),
  });
  expect(await stateOf(made)).toMatchObject({ state: 'declined' });
});

test('the proposal of another agent is not found', async () => {
  const { run } = await workspace();
  expect(await run('confirm', 'codechange/acme', 'p1')).toMatchObject({
    code: 1,
    err: expect.stringContaining('no proposal p1'),
  });
});
