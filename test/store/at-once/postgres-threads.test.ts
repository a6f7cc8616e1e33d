/** What is said and heard in Slack at the same moment on two nodes: once, in one thread, and never left behind. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import type { Outcome } from '../../../src/conversations/inbox-outcome.ts';
import type { InboxEntry, MessageBody } from '../../../src/conversations/slack-event.ts';
import { limits } from '../../../src/limits.ts';
import { acme, deliver, messageFor, wi12 } from '../fixture.ts';
import { atOnce, holding, someWait, twoNodes } from './two-nodes.ts';

const own = { agentId: acme, sessionId: wi12, by: 'platform' } as const;
const channel = { app: 'default', channel: 'C1' };
const words = { kind: 'post', text: 'Hello.' } as const;

const bodyOf = (ts: string): MessageBody => ({
  ...{ team: 'T1', text: 'hello', files: [], mentions: [], isDirect: false, isShared: false, eventId: `Ev${ts}` },
});

const written = (ts: string, root = ts): InboxEntry => ({
  ...{ kind: 'message', eventKey: `Ev${ts}`, messageKey: `C1:${ts}`, channel: 'C1', root, ts, user: 'U1' },
  body: bodyOf(ts),
});

const outcome = (decision: string, more: Partial<Outcome> = {}): Outcome => ({
  ...{ decision, reason: 'r', messages: [], wishes: [], logs: [] },
  ...more,
});

test('a wish is stored once, with the buttons that its message shows', async () => {
  const nodes = await twoNodes();
  const button = { label: 'Yes', action: 'answer', body: {}, expiresAt: nodes.clock.time + 1_000 };
  const wish = { ...own, key: 'k', place: { ...channel, root: '1.1' }, what: words, buttons: [button] };
  const ids = await nodes.atOnce((node) => node.outbox.add(wish));
  expect(new Set(ids).size).toBe(1);
  const buttons = await nodes.read<{ id: string }>('select id from buttons');
  const [stored] = await nodes.store.outbox.of(acme);
  expect(stored?.what).toMatchObject({ buttons });
  expect(buttons).toHaveLength(1);
});

test('a message is sent by one node, and by another one when that one is gone', async () => {
  const nodes = await twoNodes();
  const { store, clock } = nodes;
  const id = await store.outbox.add({ ...own, key: 'k', place: { ...channel, root: '1.1' }, what: words });
  const begin = async () => (await nodes.atOnce((node) => node.outbox.begin(id))).filter(Boolean);
  expect(await begin()).toMatchObject([{ isDoubtful: false }]);
  const isHeld = async () => (await store.outbox.waiting()).map((waiting) => waiting.isHeld);
  await store.outbox.recover();
  clock.time += limits.outboxSendingSeconds * 1_000 - 1;
  expect([await isHeld(), await begin()]).toEqual([[true], []]);
  clock.time += 1;
  expect(await isHeld()).toEqual([false]);
  expect(await begin()).toMatchObject([{ isDoubtful: true, row: { attempts: 2 } }]);
  await store.outbox.end(id, { kind: 'sent', ts: '1.2' }, 'p');
  expect((await store.audit.list(acme, 0, 10)).map((entry) => entry.outcome)).toEqual(['intended', 'intended', 'done']);
});

test('what is told of one work item stands in one thread', async () => {
  const nodes = await twoNodes();
  await nodes.atOnce((node, nth) => node.outbox.tell({ ...own, key: `k${nth}`, place: channel, what: words }, 'over'));
  const sent = await nodes.store.outbox.of(acme);
  const first = sent.filter(({ place }) => place.root === undefined);
  expect(first).toHaveLength(1);
  expect(sent.filter(({ place }) => place.root === `of:${first[0]?.id}`)).toHaveLength(atOnce - 1);
});

test('what is told while the first message of its thread is sent follows that message', async () => {
  const nodes = await twoNodes();
  const { store } = nodes;
  const tell = (key: string) => store.outbox.tell({ ...own, key, place: channel, what: words }, 'over');
  const first = await tell('first');
  await store.outbox.begin(first);
  // The second one has read that the first is not sent, and the end of that comes before it is stored.
  const key = await holding(
    nodes.url,
    `insert into outbox (id, key, agent_id, session_id, app, channel, origin, kind, body, state, at)
    values ('x', 'second', '', '', 'x', 'x', 'platform', 'post', '{}', 'failed', 0)`,
  );
  const telling = tell('second');
  await someWait(nodes.url);
  const ending = store.outbox.end(first, { kind: 'sent', ts: '7.7' }, 'p');
  await Promise.race([ending, someWait(nodes.url, 2)]);
  await key.undo();
  await Promise.all([telling, ending]);
  expect((await store.outbox.of(acme)).map(({ place }) => place.root)).toEqual([undefined, '7.7']);
});

test('an event of Slack comes in once, and has one decision', async () => {
  const nodes = await twoNodes();
  const heard = await nodes.atOnce((node) => node.inbox.add('default', written('1.1')));
  expect(heard.filter(Boolean)).toHaveLength(1);
  const [entry] = await nodes.store.inbox.open(['default'], 9);
  const seq = entry?.seq ?? 0;
  const to = { agentId: acme as AgentId, sessionId: wi12 as SessionId };
  const decided = await nodes.atOnce((node, nth) =>
    node.decisions.decide({ seq }, outcome('agent', { messages: [{ ...to, message: messageFor(`m${nth}`) }] })),
  );
  expect(decided.filter(Boolean)).toHaveLength(1);
  expect(await nodes.read('select 1 from deliveries')).toHaveLength(1);
});

test('a message that had its decision is not changed by who deletes it at that moment', async () => {
  const nodes = await twoNodes();
  await nodes.store.inbox.add('default', written('1.1'));
  const deciding = await holding(nodes.url, `update slack_inbox set decision = 'agent'`);
  const deleting = nodes.store.inbox.change('default', { channel: 'C1', ts: '1.1' });
  await someWait(nodes.url);
  await deciding.end();
  await deleting;
  expect(await nodes.store.inbox.message('default', 'C1', '1.1')).toMatchObject({ decision: 'agent' });
});

test('of two presses on the buttons of a message one counts', async () => {
  const nodes = await twoNodes();
  const { store, clock } = nodes;
  const buttons = ['Yes', 'No'].map((label) => ({ label, action: 'a', body: {}, expiresAt: clock.time + 9_000 }));
  await store.outbox.add({ ...own, key: 'k', place: { ...channel, root: '1.1' }, what: words, buttons });
  const ids = await nodes.read<{ id: string }>('select id from buttons');
  for (let nth = 0; nth < atOnce; nth += 1) await store.inbox.add('default', written(`1.${nth}`));
  const entries = await store.inbox.open(['default'], atOnce);
  const used = await nodes.atOnce((node, nth) => {
    const uses = { buttonId: ids[nth % 2]?.id ?? '', by: `${nth}` };
    return node.decisions.decide({ seq: entries[nth]?.seq ?? 0 }, outcome('pressed', { uses }));
  });
  expect(used.filter(Boolean)).toHaveLength(1);
});

test('a mail leaves once', async () => {
  const nodes = await twoNodes();
  const turns = await Promise.all([12, 13].map((nth) => nodes.turnOf(acme, `wi-${nth}`)));
  const wish = { key: 'mail', to: 'a@b.c', subject: 's', hash: 'h' };
  const begun = await nodes.atOnce(async (node, nth) => {
    const turn = turns[nth % 2];
    return turn && node.mails.begin(turn, wish);
  });
  expect(begun.filter((one) => one && 'id' in one)).toHaveLength(1);
  expect(begun.filter((one) => one && 'before' in one)).toHaveLength(atOnce - 1);
});

test('an alarm that all nodes see is told once, by one of them', async () => {
  const nodes = await twoNodes();
  const { store, clock } = nodes;
  const alarm = {
    key: 'k',
    kind: 'board',
    agentId: acme,
    code: null,
    why: 'w',
    fix: 'f',
    since: 1,
    nextLookAt: null,
  } as const;
  const known = await store.alarms.list();
  const step = {
    put: [{ ...alarm, seenAt: clock.time, saidAt: clock.time, isSummed: false }],
    drop: [],
    lines: ['down'],
  };
  const stored = await nodes.atOnce((node) => node.alarms.store(step, known));
  expect(stored.filter(Boolean)).toHaveLength(1);
  const [line, ...others] = await store.opsLines.waiting();
  expect(others).toEqual([]);
  const begun = await nodes.atOnce((node) => node.opsLines.begin(line?.seq ?? 0));
  expect(begun.filter(Boolean)).toHaveLength(1);
  clock.time += limits.outboxSendingSeconds * 1_000;
  expect(await store.opsLines.waiting()).toMatchObject([{ isDoubtful: true, attempts: 1 }]);
  expect(await store.opsLines.begin(line?.seq ?? 0)).toBe(true);
});

test('a decision takes nothing that a turn may want before it has waited for the turn', async () => {
  const nodes = await twoNodes();
  const { store, clock } = nodes;
  const bound = { agentId: acme as AgentId, sessionId: wi12 as SessionId };
  await deliver(store, 'm1');
  await store.threads.bind({ ...bound, ...channel, root: '1.1', team: 'T1', at: 1 });
  await store.inbox.add('default', written('1.1'));
  const turn = await holding(nodes.url, 'select 1 from sessions for no key update');
  const heard = { ...channel, root: '1.1', ts: '1.1', user: 'U1', at: clock.time, body: bodyOf('1.1') };
  const messages = [{ ...bound, message: messageFor('m2') }];
  const deciding = store.decisions.decide({ seq: 1 }, outcome('agent', { finishes: bound, messages }), heard);
  await someWait(nodes.url);
  for (const table of ['deliveries', 'slack_threads']) await turn.query(`select 1 from ${table} for update nowait`);
  await turn.end();
  expect(await deciding).toBe(true);
});

test('the end of a message waits for the audit log last, so that nobody who writes there waits for it', async () => {
  const nodes = await twoNodes();
  const { store } = nodes;
  const place = { ...channel, root: '1.1' };
  await store.threads.bind({ agentId: acme as AgentId, sessionId: wi12 as SessionId, ...place, team: 'T1', at: 1 });
  const turn = await nodes.turnOf(acme, wi12);
  const said = await store.outbox.say(turn, { kind: 'reply', text: 'Hello.' }, { id: 'm1' });
  const id = 'id' in said ? said.id : '';
  await store.outbox.begin(id);
  const writer = await holding(nodes.url, 'select 1 from audit_heads for update');
  const ending = store.outbox.end(id, { kind: 'sent', ts: '2.1' }, 'p');
  await someWait(nodes.url);
  await expect(nodes.read('select 1 from slack_threads for update nowait')).rejects.toThrow('could not obtain lock');
  await writer.end();
  await ending;
});

test('turns, people and Slack at once make nobody wait for each other in a circle', async () => {
  const nodes = await twoNodes();
  const { store, clock } = nodes;
  const bound = { agentId: acme as AgentId, sessionId: wi12 as SessionId };
  const turn = await nodes.turnOf(acme, wi12);
  await store.threads.bind({ ...bound, ...channel, root: '1.1', team: 'T1', at: 1 });
  for (let nth = 0; nth < atOnce; nth += 1) await store.inbox.add('default', written(`1.${nth}`, '1.1'));
  const entries = await store.inbox.open(['default'], atOnce);
  await nodes.atOnce(async (node, nth) => {
    const entry = entries[nth];
    const said = await node.outbox.say(turn, { kind: 'reply', text: `${nth}` }, { id: `m${nth}` });
    const heard = { ...channel, root: '1.1', ts: `1.${nth}`, user: 'U1', at: clock.time, body: bodyOf(`1.${nth}`) };
    const message = messageFor(`m${nth}`);
    await Promise.all([
      node.effects.ledgerOf(turn).begin(`e${nth}`, { kind: 'tell', nth }),
      node.decisions.decide(
        { seq: entry?.seq ?? 0 },
        outcome('agent', { finishes: bound, messages: [{ ...bound, message }] }),
        heard,
      ),
      'id' in said
        ? node.outbox.begin(said.id).then(() => node.outbox.end(said.id, { kind: 'sent', ts: `2.${nth}` }, 'p'))
        : undefined,
      node.usage.add(turn, { usd: 1, tokens: { input: 1, cached: 1, output: 1 }, turns: 1 }),
    ]);
  });
  const counted = () =>
    nodes.read<{ deadlocks: string }>(
      `select pg_stat_force_next_flush(), deadlocks from pg_stat_database where datname = current_database()`,
    );
  expect(Number((await counted())[0]?.deadlocks)).toBe(0);
});
