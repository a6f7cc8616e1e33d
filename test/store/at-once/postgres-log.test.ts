/** The logs of sessions that several nodes write: who follows them misses nothing. */
import { expect, test } from 'vitest';
import { session } from '../fixture.ts';
import { holding, twoNodes } from './two-nodes.ts';

const columns = '(agent_id, session_id, at, kind, text)';
const rowOf = (text: string) => `'${session.agentId}', '${session.sessionId}', 1, 'text', '${text}'`;

async function following() {
  const nodes = await twoNodes();
  await nodes.store.sessions.ensure(session);
  const append = (text: string) => nodes.store.log.append(session, [{ at: 1, kind: 'text', text }]);
  const follow = async () => {
    const { tail, news } = await nodes.store.log.follow({ agentId: session.agentId, max: 9 });
    const next = async () => (await news.next(9)).map(({ text }) => text);
    return { tail: tail.map(({ text }) => text), next };
  };
  const late = (text: string) => holding(nodes.url, `insert into log_entries ${columns} values (${rowOf(text)})`);
  return { ...nodes, append, follow, late };
}

test('an entry that is committed after a later one is seen, once', async () => {
  const { append, follow, late } = await following();
  const { next } = await follow();
  const writer = await late('late');
  await append('later');
  expect(await next()).toEqual(['later']);
  await writer.end();
  expect([await next(), await next()]).toEqual([['late'], []]);
});

test('one that was begun before the log was followed is seen too', async () => {
  const { append, follow, late } = await following();
  await append('first');
  const writer = await late('late');
  await append('last');
  const { tail, next } = await follow();
  expect([tail, await next()]).toEqual([['first', 'last'], []]);
  await writer.end();
  expect([await next(), await next()]).toEqual([['late'], []]);
});

test('one that was undone is not looked for for ever', async () => {
  const { append, follow, late, clock, read } = await following();
  const { next } = await follow();
  await (await late('undone')).undo();
  await append('later');
  expect(await next()).toEqual(['later']);
  clock.time += 3_600_000;
  const [first] = await read<{ id: number }>('select id - 1 as id from log_entries');
  await read(`insert into log_entries (id, ${columns.slice(1)} values (${first?.id}, ${rowOf('too late')})`);
  expect(await next()).toEqual([]);
});
