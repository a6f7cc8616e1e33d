import { expect, test } from 'vitest';
import { acme, openTestStore, session } from './fixture.ts';

test('a log is read from where the reader stopped, for one session, the whole agent, or all below it', async () => {
  const { store } = await openTestStore();
  const main = { agentId: acme, sessionId: 'main' };
  for (const each of [session, main, { agentId: 'docs', sessionId: 'main' }]) await store.sessions.ensure(each);
  await store.log.append(session, [
    { at: 1, kind: 'text', text: 'hello' },
    { at: 2, kind: 'tool', tool: 'azdo', input: { id: 12 }, result: [false] },
  ]);
  await store.log.append(main, [{ at: 3, kind: 'text', text: 'there' }]);
  await store.log.append({ agentId: 'docs', sessionId: 'main' }, [{ at: 4, kind: 'text' }]);
  const [first, second, ...none] = await store.log.list({ ...session, max: 10 });
  expect(first).toEqual({ id: first?.id, ...session, at: 1, kind: 'text', text: 'hello' });
  expect(second).toMatchObject({ tool: 'azdo', input: { id: 12 }, result: [false] });
  expect(none).toEqual([]);
  const times = (entries: { at: number }[]) => entries.map(({ at }) => at);
  expect(times(await store.log.list({ agentId: acme, after: first?.id ?? 0, max: 10 }))).toEqual([2, 3]);
  expect(times(await store.log.list({ max: 2 }))).toEqual([1, 2]);
  expect(times(await store.log.tail({ max: 2 }))).toEqual([3, 4]);
  expect(times(await store.log.tail({ branch: 'codechange', max: 9 }))).toEqual([1, 2, 3]);
  expect(times(await store.log.tail({ branch: acme, max: 9 }))).toEqual([1, 2, 3]);
  expect(times(await store.log.tail({ branch: 'code', max: 9 }))).toEqual([]);
});

test('a log is followed from its end or from a number, each entry once', async () => {
  const { store } = await openTestStore();
  for (const each of [session, { agentId: 'docs', sessionId: 'main' }]) await store.sessions.ensure(each);
  const append = (text: string, to = session) => store.log.append(to, [{ at: 1, kind: 'text', text }]);
  await append('first');
  const { tail, news } = await store.log.follow({ agentId: acme, max: 5 });
  const next = async (max = 9) => (await news.next(max)).map(({ text }) => text);
  expect([tail.map(({ text }) => text), await next()]).toEqual([['first'], []]);
  await append('second');
  await append('of another agent', { ...session, agentId: 'docs' as never, sessionId: 'main' as never });
  await append('third');
  expect([await next(1), await next(), await next()]).toEqual([['second'], ['third'], []]);
  const again = await store.log.follow({ agentId: acme, after: tail[0]?.id, max: 5 });
  expect([again.tail, (await again.news.next(9)).map(({ text }) => text)]).toEqual([[], ['second', 'third']]);
});
