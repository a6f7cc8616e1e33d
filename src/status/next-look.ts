/** When an agent looks at its board next, and when a work item is looked at next. */
import type { Agent } from '../agents/agent.ts';
import { type Beats, createBeats } from '../agents/config/beats.ts';
import { mainSession } from '../broker/session-id.ts';
import { type AgentFacts, isRunning, type SessionFacts } from './facts.ts';

function beatsOf(agent: Agent | undefined): Beats | undefined {
  if (agent?.kind !== 'code-change' || !agent.config.autoRun.enabled || !agent.config.heartbeat) return undefined;
  const { heartbeat: pattern, timezone } = agent.config;
  return createBeats({ agentId: agent.id, pattern, timezone });
}

/** The first look of the agent at its board that its heartbeat brings after a time, both milliseconds since 1970; undefined where none does. */
export const nextBeatAt = (agent: Agent | undefined, now: number): number | undefined => beatsOf(agent)?.after(now)?.at;

/** Whether so many beats of its heartbeat passed since a time (milliseconds since 1970). */
export function missedLooks({ agent, platform }: AgentFacts, since: number, count: number): boolean {
  const beats = beatsOf(agent);
  let at: number | undefined = since;
  for (let missed = 0; missed < count && at !== undefined; missed += 1) at = beats?.after(at)?.at;
  return at !== undefined && at <= platform.now;
}

/** Why the agent never looks at its board by itself; undefined where it does. */
export function noHeartbeat({ id, agent }: AgentFacts): { why: string; fix: string } | undefined {
  if (agent?.kind !== 'code-change') return undefined;
  const { heartbeat, autoRun } = agent.config;
  if (heartbeat && autoRun.enabled) return undefined;
  const why = heartbeat
    ? `autoRun.enabled is false in ${id}/jvAgent.json, so ${id} does not look at its board by itself`
    : `${id}/jvAgent.json has no heartbeat, so ${id} does not look at its board by itself`;
  const change = heartbeat ? 'Set autoRun.enabled to true' : 'Add a heartbeat such as "*/5 * * * *"';
  return { why, fix: `${change} in ${id}/jvAgent.json, or run \`jvagent heartbeat ${id}\` to look once.` };
}

const earliest = (times: readonly (number | undefined)[]) => {
  const known = times.filter((at) => at !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
};

/** The earlier of its own wish and the heartbeat, and not before its turns may begin. */
function nextOf({ wakeAt, notBefore = 0 }: SessionFacts, heartbeatAt: number | undefined, now: number): number | null {
  const at = earliest([wakeAt, heartbeatAt]);
  return at === undefined ? null : Math.max(at, notBefore, now);
}

/** Of the agent's board. Null where nothing brings one: the platform is down, or the agent is `stopped`. */
export function nextLookOf(facts: AgentFacts, stopped: boolean): number | null {
  const { platform, sessions } = facts;
  if (!platform.isUp || stopped) return null;
  const heartbeatAt = facts.nextBeatAt;
  const main = sessions.find(({ sessionId }) => sessionId === mainSession);
  return main ? nextOf(main, heartbeatAt, platform.now) : (heartbeatAt ?? null);
}

/**
 * Of a work item that has a session. Without money it is left alone until it wakes by itself; everything else is looked at
 * with the board too.
 */
export function nextLookAtItem(facts: AgentFacts, session: SessionFacts, stopped: boolean): number | null {
  const { platform } = facts;
  if (!platform.isUp || stopped || isRunning(session, platform.now)) return null;
  const isOutOfMoney = session.waits?.refused === 'BUDGET_DAY' && session.item?.phase !== 'pr-created';
  const isLeftAlone = isOutOfMoney && session.wakeAt !== undefined;
  return nextOf(session, isLeftAlone ? undefined : facts.nextBeatAt, platform.now);
}
