/** What turns and people do at the same moment on two nodes: each thing counts once, and nothing is lost. */
import { expect, test } from 'vitest';
import type { MemoryFolder } from '../../../src/agents/memory-folder.ts';
import { proposalHash, seenValue } from '../../../src/conversations/proposal.ts';
import { limits } from '../../../src/limits.ts';
import { isRefusal } from '../../../src/refusal.ts';
import type { LifecycleEvent } from '../../../src/work-items/lifecycle/events.ts';
import { acme, granted, messageFor, rules, session, wi12 } from '../fixture.ts';
import { atOnce, holding, someWait, twoNodes } from './two-nodes.ts';

const noted = { agentId: acme, sessionId: '', actor: 'platform', action: 'look', target: 'board', argsDigest: '' };
const numbers = Array.from({ length: atOnce }, (_, nth) => nth + 1);

test('the audit log stays one chain, and is whole for whoever looks meanwhile', async () => {
  const nodes = await twoNodes();
  const { store } = nodes;
  const verdicts = await nodes.atOnce(async (node, nth) => {
    await node.audit.append({ ...noted, outcome: `${nth}` });
    return [await node.audit.verify(acme), await node.audit.verifyNew(1_000)];
  });
  for (const verdict of verdicts) expect(verdict).toEqual([{ ok: true }, []]);
  const entries = await store.audit.list(acme, 0, 100);
  expect(entries.map(({ seq }) => seq)).toEqual(numbers);
  await store.audit.verifyNew(1_000);
  expect(await store.audit.checked(acme)).toEqual([{ agentId: acme, entries: atOnce, checked: atOnce }]);
});

test('effects of a session have places of their own', async () => {
  const nodes = await twoNodes();
  const turn = await nodes.turnOf(acme, wi12);
  const intent = { kind: 'tell', nth: 1 } as const;
  await nodes.atOnce((node, nth) => node.effects.ledgerOf(turn).begin(`key ${nth}`, intent));
  const rows = await nodes.read<{ position: string }>('select position from effects order by position');
  expect(rows.map(({ position }) => Number(position))).toEqual(numbers);
});

test('of two plans for one file that are approved at once, one begins', async () => {
  const nodes = await twoNodes();
  const plan = { summary: 's', steps: ['a'], tests: [], risks: '', rollback: '' };
  const files = [{ path: 'a.js', change: 'edit' as const }];
  const planned: LifecycleEvent = {
    kind: 'plan-submitted',
    plan: { ...plan, files },
    text: 't',
    hash: 'h',
    baseSha: 'b',
    contentHash: 'c',
  };
  const by = { id: 'e', name: 'E', mail: 'e' };
  const approved: LifecycleEvent = { kind: 'approved', approval: { rev: 1, by, at: 1 }, branch: 'x' };
  const turns = await Promise.all(numbers.map((nth) => nodes.turnOf(acme, `wi-${nth}`)));
  for (const turn of turns) {
    for (const event of [{ kind: 'found', title: 't', type: 'Bug' } as const, planned])
      granted(await nodes.store.items.apply({ ...turn, event, rules }));
  }
  const applied = await nodes.atOnce(async (node, nth) => {
    const turn = turns[nth];
    return turn && granted(await node.items.apply({ ...turn, event: approved, rules })).item.phase;
  });
  expect(applied.filter((phase) => phase === 'executing')).toHaveLength(1);
});

test('notes of many sessions and a person’s edits are all kept, each as a version of its own', async () => {
  const nodes = await twoNodes();
  const files = new Map<string, string>();
  const folder: MemoryFolder = {
    read: () => ({ files: [...files].map(([file, text]) => ({ file, text })), refused: [] }),
    write: ({ file, text }) => void files.set(file, text),
  };
  const turns = await Promise.all(numbers.map((nth) => nodes.turnOf(acme, `wi-${nth}`)));
  await nodes.atOnce(async (node, nth) => {
    const turn = turns[nth];
    files.set(`person-${nth}.md`, `${nth}\n`);
    if (turn) await node.memory.keep(turn, folder, [{ file: `turn-${nth}.md`, text: `${nth}\n`, base: 0 }]);
    await node.memory.settle(acme, folder);
  });
  const versions = await nodes.store.memory.list(acme);
  expect(versions.map(({ seq }) => seq)).toEqual([...numbers, ...numbers.map((nth) => nth + atOnce)]);
  expect(new Set(versions.map(({ file }) => file)).size).toBe(2 * atOnce);
});

test('the first configuration that is seen is trusted, and no other', async () => {
  const nodes = await twoNodes();
  const trusted = await nodes.atOnce((node, nth) =>
    node.agents.trust(acme, { digest: `${nth}`, steering: {} }, undefined),
  );
  expect(trusted.filter(Boolean)).toHaveLength(1);
  expect((await nodes.store.agents.get(acme)).trusted?.digest).toBe(`${trusted.indexOf(true)}`);
});

test('what a look found, and who has what, is stored as one node saw it', async () => {
  const nodes = await twoNodes();
  const looked = { agentId: acme, digest: 'd' };
  await nodes.atOnce(async (node, nth) => {
    const finding = { id: 'git', status: 'fail', what: `${nth}`, fix: 'f' } as const;
    await node.findings.keep(looked, 'doctor', [finding]);
    await node.holdings.replace([
      { kind: 'instance', key: `${nth}`, agentId: acme, since: nth },
      { kind: 'instance', key: 'all', agentId: acme, since: nth },
    ]);
  });
  expect(await nodes.store.findings.list(looked)).toHaveLength(1);
  const held = await nodes.read<{ key: string }>('select key from holdings');
  expect(held.map(({ key }) => key).sort()).toEqual([expect.stringMatching(/^\d+$/), 'all']);
});

test('costs of many calls add up', async () => {
  const nodes = await twoNodes();
  await nodes.store.sessions.ensure(session);
  const amount = { usd: 0.5, tokens: { input: 1, cached: 2, output: 3 }, turns: 1 };
  await nodes.atOnce((node) => node.usage.add(session, amount, 'planning'));
  const sum = { usd: atOnce / 2, turns: atOnce, tokens: { input: atOnce, cached: 2 * atOnce, output: 3 * atOnce } };
  expect(await nodes.store.usage.list()).toMatchObject([sum]);
  expect(await nodes.store.usage.listPhases()).toMatchObject([sum]);
  expect(await nodes.store.sessions.get(acme, wi12)).toMatchObject(sum);
});

test('a session is not deleted while a message is given to it', async () => {
  const nodes = await twoNodes();
  const ensured = await nodes.store.sessions.ensure(session);
  await nodes.store.messages.add(messageFor('m1'));
  const other = await holding(nodes.url, 'lock table deliveries in exclusive mode');
  const delivering = nodes.store.messages.delivered('m1', [{ messageId: 'm1', ...session }]);
  await someWait(nodes.url);
  const removing = nodes.store.sessions.remove(ensured);
  await someWait(nodes.url, 2);
  await other.end();
  await delivering;
  expect(await removing).toBe(false);
  expect(await nodes.store.messages.open({ kind: 'agent', ...session })).toBe(1);
});

test('a message reaches a session that is deleted at the same moment', async () => {
  const nodes = await twoNodes();
  await nodes.store.sessions.ensure(session);
  await nodes.store.messages.add(messageFor('m1'));
  const deleting = await holding(nodes.url, `delete from sessions where session_id = '${wi12}'`);
  const delivering = nodes.store.messages.delivered('m1', [{ messageId: 'm1', ...session }]);
  await someWait(nodes.url);
  await deleting.end();
  await delivering;
  expect(await nodes.store.messages.takersOf('m1')).toMatchObject([session]);
});

/** A session's turn and what it proposes. */
async function proposing() {
  const nodes = await twoNodes();
  const { clock, turnOf } = nodes;
  const turns = await Promise.all(numbers.map((nth) => turnOf(acme, `wi-${nth}`)));
  const before = seenValue({ status: 200, body: { value: 30 } }, (body) => body);
  const expiresAt = clock.time + 3_600_000;
  const proposalOf = (nth: number) => {
    const request = { method: 'PUT', path: '/config/timeout', body: { value: nth } } as const;
    const parts = { agentId: acme, sessionId: `wi-${(nth % atOnce) + 1}`, request, before, why: 'w', expiresAt };
    return { id: `p${nth}`, at: clock.time, hash: proposalHash(parts), ...parts };
  };
  const propose = nodes.atOnce(async (node, nth) => {
    const turn = turns[nth];
    const add = async (id: number) => turn && !isRefusal(await node.proposals.add(turn, proposalOf(id), 'May I?'));
    return (await Promise.all([add(nth), add(nth + atOnce)]))[0];
  });
  return { nodes, turns, proposalOf, isOpen: await propose, expiresAt };
}

const actsOf = async (nodes: Awaited<ReturnType<typeof twoNodes>>, wanted: string) =>
  (await nodes.store.audit.list(acme, 0, 1_000)).filter(({ action }) => action === wanted).map(({ target }) => target);

test('an agent has no more open proposals than it may, however many it makes at once', async () => {
  const { nodes } = await proposing();
  expect(await nodes.store.proposals.open(acme)).toHaveLength(limits.proposalsOpenMax);
});

test('a proposal is decided once, begun once, and expires once', async () => {
  const { nodes, turns, proposalOf, isOpen, expiresAt } = await proposing();
  const nth = isOpen.indexOf(true);
  const { id, hash } = proposalOf(nth);
  const decided = await nodes.atOnce((node, voice) =>
    node.proposals.decide({
      id,
      hash,
      to: voice % 3 ? 'confirmed' : 'declined',
      by: `person/${voice}`,
      name: `${voice}`,
    }),
  );
  const winner = decided.findIndex((one) => !isRefusal(one));
  expect(decided.filter((one) => !isRefusal(one))).toHaveLength(1);
  const others = decided.filter(isRefusal);
  for (const { refused, why } of others)
    expect([refused, why]).toEqual(['GATE_STATE', expect.stringContaining(` by ${winner} at`)]);
  const turn = turns[nth];
  if (winner % 3 && turn) {
    const begun = await nodes.atOnce((node) => node.proposals.begin(turn, id));
    expect(begun.filter(Boolean)).toHaveLength(1);
  }
  nodes.clock.time = expiresAt + 1;
  const late = await nodes.read<{ id: string }>(`select id from proposals where state = 'open'`);
  const expired = (await nodes.atOnce((node) => node.proposals.expire())).flat();
  expect(expired.map((one) => one.id).sort()).toEqual(late.map((one) => one.id).sort());
  expect((await actsOf(nodes, 'expire')).sort()).toEqual(late.map((one) => `proposal/${one.id}`).sort());
});
