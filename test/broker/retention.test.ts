import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import { collectable } from '../../src/broker/retention.ts';
import type { Session } from '../../src/broker/session.ts';
import type { SessionId } from '../../src/broker/session-id.ts';

const day = 86_400_000;

function session(sessionId: string, more: Partial<Session> = {}): Session {
  return {
    agentId: 'docs' as AgentId,
    sessionId: sessionId as SessionId,
    title: '',
    epoch: 1,
    createdAt: 0,
    lastActiveAt: 0,
    ...more,
  };
}

test('only sessions that were silent for longer than the retention, and that nobody needs, are collected', () => {
  const sessions = [
    session('main'),
    session('old'),
    session('young', { lastActiveAt: 5 * day }),
    session('wi-1', { workItemId: 1 }),
    session('wi-2', { workItemId: 2, closedAt: 0 }),
    session('wi-3', { workItemId: 3, closedAt: 0, keepsWork: true }),
    session('waits', { pendingTrigger: { type: 'azdo_comment', workItemId: 4, resumePrompt: 'x' } }),
  ];
  expect(collectable(sessions, 30 * day, 29).map(({ sessionId }) => sessionId)).toEqual(['old', 'wi-2']);
  expect(collectable(sessions, 30 * day, 30)).toEqual([]);
});
