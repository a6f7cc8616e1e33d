/** Facts of a status for tests: acme as it is configured, with nothing wrong, at a fixed moment. */

import { createAgentStore } from '../../src/agents/agent-store.ts';
import { createBeats } from '../../src/agents/config/beats.ts';
import type { AgentFacts, ItemFacts, SessionFacts } from '../../src/status/facts.ts';
import { nextBeatAt } from '../../src/status/next-look.ts';
import type { WorkItem } from '../../src/work-items/work-item.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';

export const now = Date.UTC(2026, 10, 20, 12);
export const minute = 60_000;
/** Acme's next look at its board. */
export const nextBeat = createBeats({ agentId: 'codechange/acme', pattern: '*/5 * * * *' }).after(now)?.at;

/** Acme with a heartbeat each five minutes; `config` is laid over its jvAgent.json. */
export function agentWith(facts: Partial<AgentFacts> = {}, config: Record<string, unknown> = {}): AgentFacts {
  const sound = { ...customerConfig('acme'), heartbeat: '*/5 * * * *', autoRun: { enabled: true }, ...config };
  const { root } = createWorkspace({ 'codechange/acme/jvAgent.json': sound });
  const state = createAgentStore({ root }).get('codechange/acme');
  if (!state || !('agent' in state)) throw new Error(JSON.stringify(state));
  const platform = { isUp: true, now };
  return {
    id: state.id,
    agent: state.agent,
    record: {},
    platform,
    sessions: [],
    nextBeatAt: nextBeatAt(state.agent, now),
    usdToday: 0,
    findings: [],
    proposals: [],
    ...facts,
  };
}

export function sessionOf(item: WorkItem | undefined, more: Partial<SessionFacts> = {}): SessionFacts {
  const key = { agentId: 'codechange/acme', sessionId: 'wi-12', workItemId: 12 };
  return { ...key, lastActiveAt: now - minute, ...(item ? { item } : {}), ...more };
}

export function itemWith(facts: Partial<ItemFacts> = {}): ItemFacts {
  return { agent: agentWith(), workItemId: 12, refusedEffects: [], isAsked: false, ...facts };
}
