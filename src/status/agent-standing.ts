/** What keeps an agent from working: why it has no turns at all, and why its turns fail. */
import { trackerNamesOf } from '../agents/config/devops.ts';
import { heldBy } from '../agents/trust.ts';
import { mainSession } from '../broker/session-id.ts';
import { codes, type Refusal, refuse, withNames } from '../refusal.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import type { Hold } from '../work-items/lifecycle/hold.ts';
import { timeText } from '../work-items/time-text.ts';
import { type AgentFacts, isRunning, type PlatformFacts } from './facts.ts';
import { nextLookOf } from './next-look.ts';

/** A pause of the agent or of the whole platform, with since when. */
export function pauseOf(
  agentId: string,
  pausedAt: number | undefined,
  platformPausedAt: number | undefined,
): Refusal | undefined {
  if (pausedAt !== undefined) {
    const why = `${agentId} has been paused since ${timeText(pausedAt)}`;
    return refuse('PAUSED', why, `Run \`jvagent resume ${agentId}\`.`);
  }
  if (platformPausedAt === undefined) return undefined;
  return refuse('PAUSED', `the whole platform has been paused since ${timeText(platformPausedAt)}`, codes.PAUSED);
}

/** Why nothing is deployed to the agent's instance, with since when and after which deployment. */
export function holdRefusal(agentId: string, hold: Hold): Hold {
  const since = hold.since === undefined ? '' : ` since ${timeText(hold.since)}`;
  const what = hold.sha === undefined ? '' : ` of commit ${hold.sha.slice(0, 12)}`;
  const whose = hold.workItemId === undefined ? '' : ` for work item ${hold.workItemId}`;
  const why = `the instance of ${agentId} has been on hold${since}, after the deployment${what}${whose}: ${hold.why}`;
  return { ...hold, why, fix: withNames(codes.HOLD, { agentId }) };
}

/** Why none of the agent's turns begins: faults of its files, a changed configuration, the machine, a pause. */
export function stoppedBy({ id, agent, fault, record, trustedOn, platform }: AgentFacts): Refusal | undefined {
  const untrusted = agent && heldBy(record.trusted, agent, trustedOn);
  return fault ?? untrusted ?? platform.standstill ?? pauseOf(id, record.pausedAt, platform.pausedAt);
}

/** Waits of a look at the board that pass without a word. */
const passing: ReadonlySet<string> = new Set(['RATE', 'WORKERS', 'OUTSIDE_CONFLICT', 'GATE_LEASE', 'PAUSED']);

/** Why the last look at the board did not succeed. */
export function looksFailBy({ sessions }: AgentFacts): Refusal | undefined {
  const waits = sessions.find(({ sessionId }) => sessionId === mainSession)?.waits;
  return waits && !passing.has(waits.refused) && waits.refused !== 'CONFIG_UNTRUSTED' ? waits : undefined;
}

/** Whether a failed look failed at the board itself, and not at the repository beside it: once the board answers it is over. */
export function isOfBoard({ refused, token, why }: Refusal, { agent }: AgentFacts): boolean {
  if (agent?.kind !== 'code-change') return false;
  if (token !== undefined) return token === trackerNamesOf(agent.devops).token;
  return refused === 'CONFIG_INVALID' || (refused.startsWith('OUTSIDE_') && !why.startsWith('git'));
}

/** Why nothing goes on at present although turns may begin: its model, its looks at the board, or a fault of the program. */
export function failingBy(facts: AgentFacts): Refusal | undefined {
  const { record, sessions } = facts;
  const crashed = sessions.find(({ waits }) => waits?.refused === 'CRASHED')?.waits;
  return record.modelFault ?? looksFailBy(facts) ?? crashed;
}

/** BUDGET_DAY once the agent has used up what it may in a day. */
export function outOfMoney({ id, agent, usdToday }: AgentFacts): Refusal | undefined {
  if (!agent || usdToday < agent.limits.dayUsdMax) return undefined;
  const { dayUsdMax } = agent.limits;
  const fix = `Wait until tomorrow (UTC), or raise limits.dayUsdMax in ${id}/jvAgent.json.`;
  return refuse('BUDGET_DAY', `${id} has used up its ${dayUsdMax} USD of today`, fix);
}

/** Failing is an agent whose looks at the board, or whose model, fail. */
export type AgentState = 'ready' | 'running' | 'failing' | 'paused' | 'disabled';

export interface AgentStanding {
  readonly state: AgentState;
  /** Why it is failing, paused or disabled. */
  readonly refusal: Refusal | undefined;
  /** Milliseconds since 1970; null where nothing brings another look. */
  readonly nextLookAt: number | null;
}

export function agentStanding(facts: AgentFacts): AgentStanding {
  const { sessions, platform } = facts;
  const stopped = stoppedBy(facts);
  const failing = failingBy(facts);
  const runs = sessions.some((session) => isRunning(session, platform.now));
  const state = stopped
    ? stopped.refused === 'PAUSED'
      ? 'paused'
      : 'disabled'
    : failing
      ? 'failing'
      : runs
        ? 'running'
        : 'ready';
  return { state, refusal: stopped ?? failing, nextLookAt: nextLookOf(facts, stopped !== undefined) };
}

/** Whether a person must act before it can go on. */
export function needsPerson(refusal: Refusal): boolean {
  return refusal.token !== undefined || meaningOf(refusal).next === 'person';
}

/** How the platform itself keeps everything: it is not running. */
export function platformDown({ isUp }: Pick<PlatformFacts, 'isUp'>) {
  return isUp ? undefined : { why: 'no platform is running on this workspace', fix: 'Run `jvagent start`.' };
}
