import { expect, test } from 'vitest';
import type { AgentId } from '../../src/agents/agent-id.ts';
import { isNeeded } from '../../src/broker/retention.ts';
import type { Session } from '../../src/broker/session.ts';
import type { SessionId } from '../../src/broker/session-id.ts';

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

test('a session is needed that is main, waits, keeps work or is an open work item', () => {
  const sessions = [
    session('main'),
    session('old'),
    session('wi-1', { workItemId: 1 }),
    session('wi-2', { workItemId: 2, closedAt: 0 }),
    session('wi-3', { workItemId: 3, closedAt: 0, keepsWork: true }),
    session('waits', { pendingTrigger: { type: 'azdo_comment', workItemId: 4, resumePrompt: 'x' } }),
  ];
  expect(sessions.filter(isNeeded).map(({ sessionId }) => sessionId)).toEqual(['main', 'wi-1', 'wi-3', 'waits']);
});
