import { expect, it } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { acme, openTestStore } from '../fixture.ts';
import { together } from './together.ts';

const [at, bytesMax] = [Date.UTC(2026, 10, 20, 12), 1 << 20];

/** Two nodes of one state. */
async function twoNodes() {
  const a = await openTestStore({ place: 'node-a' });
  const { folder, url } = a;
  const b = await openTestStore({ folder, place: 'node-b', ...(url ? { url } : {}) });
  return [a.store.activity, b.store.activity, url] as const;
}

it('loses no line of two nodes that write at the same moment', async () => {
  const [a, b, url] = await twoNodes();
  const write = async (activity: typeof a, name: string) => {
    for (let count = 0; count < 20; count++) await activity.add(acme, { at, line: `${name} ${count}` });
  };
  await together(
    url,
    () => write(a, 'a'),
    () => write(b, 'b'),
  );
  const lines = (await a.text(acme, bytesMax)).trim().split('\n');
  expect(lines).toHaveLength(40);
  for (const name of ['a', 'b']) {
    const own = lines.filter((line) => line.includes(` ${name} `));
    const wanted = Array.from({ length: 20 }, (_, count) => `- 2026-11-20T12:00:00.000Z ${name} ${count}`);
    expect(own, 'in the order in which they were written').toEqual(wanted);
  }
});

it('gives the newest whole lines that fit, each on a line of its own', async () => {
  const [activity] = await twoNodes();
  for (const line of ['first', 'sec\nond', 'x'.repeat(limits.activityLineCharsMax + 1)])
    await activity.add(acme, { at, line });
  const whole = await activity.text(acme, bytesMax);
  expect(whole.trim().split('\n')).toHaveLength(3);
  expect(whole).toContain('Z sec ond\n');
  expect(whole.length).toBeLessThan(limits.activityLineCharsMax + 200);
  await activity.add(acme, { at, line: 'last' });
  expect(await activity.text(acme, 80)).toBe('- 2026-11-20T12:00:00.000Z last\n');
});

it('takes the lines of a file from before, once', async () => {
  const [a, b, url] = await twoNodes();
  expect(await a.isEmpty(acme)).toBe(true);
  const old = [
    { at, line: 'one' },
    { at, line: 'two' },
  ];
  await together(
    url,
    () => a.adopt(acme, old),
    () => b.adopt(acme, old),
  );
  expect((await a.text(acme, bytesMax)).trim().split('\n')).toHaveLength(2);
  expect(await a.isEmpty(acme)).toBe(false);
});

it('tells which agents have new lines', async () => {
  const [a, b] = await twoNodes();
  await a.add(acme, { at, line: 'one' });
  const { id, agentIds } = await b.since(0);
  expect(agentIds).toEqual([acme]);
  expect(await b.since(id)).toEqual({ id, agentIds: [] });
  await a.add('codechange/globex', { at, line: 'two' });
  expect((await b.since(id)).agentIds).toEqual(['codechange/globex']);
});

it('drops the oldest lines of an agent when there are too many', async () => {
  const [activity] = await twoNodes();
  const many = Array.from({ length: limits.activityLinesMax }, (_, count) => ({ at, line: `old ${count}` }));
  await activity.adopt(acme, many);
  for (let count = 0; count < 100; count++) await activity.add(acme, { at, line: `new ${count}` });
  const lines = (await activity.text(acme, bytesMax)).trim().split('\n');
  expect(lines).toHaveLength(limits.activityLinesMax);
  expect(lines.at(0)).toContain('old 100');
});
