import { expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { keptUntil, memoryMbOf, soon } from '../../../src/supervisor/workers/keeping.ts';
import { codeChangeAgent, conversationAgent } from '../../turns/turn.ts';

const now = 1_000_000;
const talk = now + limits.workerTalkSeconds * 1_000;
const [agent, board] = [conversationAgent(), codeChangeAgent()];
const main = { sessionId: 'main' as never, isAskedFor: true };

test('a worker is kept while people talk with its agent, and not for what nobody asked', () => {
  expect(keptUntil({ ...main, agent }, undefined, now)).toBe(talk);
  expect(keptUntil({ ...main, agent, isAskedFor: false }, undefined, now)).toBe(now);
  expect(keptUntil({ ...main, agent: board }, undefined, now)).toBe(now);
  const thread = 'slack-t1-c1-1795176000-000100' as never;
  expect(keptUntil({ agent: board, sessionId: thread, isAskedFor: true }, undefined, now)).toBe(talk);
});

test('a worker is kept for a turn that comes soon, and not for a later one', () => {
  const at = now + limits.workerSoonSeconds * 1_000;
  const kept = at + limits.workerIdleSeconds * 1_000;
  expect(keptUntil({ ...main, agent: board }, at, now)).toBe(kept);
  expect(keptUntil({ ...main, agent: board }, at + 1, now)).toBe(now);
  expect(soon(now - 5_000, now)).toBe(now + limits.workerIdleSeconds * 1_000);
});

test('the memory of a process is told in MB, and none of one that is gone', () => {
  const mb = process.memoryUsage().rss / 2 ** 20;
  expect(memoryMbOf(process.pid)).toBeGreaterThan(mb * 0.5);
  expect(memoryMbOf(process.pid)).toBeLessThan(mb * 2);
  expect([memoryMbOf(undefined), memoryMbOf(2 ** 22 + 1)]).toEqual([0, 0]);
});
