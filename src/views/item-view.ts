/** One work item from its first look to its deployment: how it stands, what people decided on, and how it came here. */
import { known } from '../base/known.ts';
import { workItemSession } from '../broker/session-id.ts';
import { workItemPages } from '../connectors/tracker-of.ts';
import { type AgentFacts, isRunning } from '../status/facts.ts';
import type { SeenFinding } from '../status/finding.ts';
import { itemStanding, type Standing } from '../status/item-standing.ts';
import { readAgent, readItems } from '../status/read-facts.ts';
import type { LogEntry } from '../store/session-log.ts';
import type { StoredSession } from '../store/session-rows.ts';
import { type DecisionName, decisionFault } from '../work-items/decisions.ts';
import { isOver, type Phase, stateOf } from '../work-items/phase.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import { timelineOf, type Visit, type Waited } from './item-timeline.ts';
import { lastLines } from './session-view.ts';
import type { ViewSource } from './source.ts';

export interface ItemView {
  readonly agentId: string;
  readonly workItemId: number;
  readonly sessionId: string;
  readonly title: string;
  /** The tracker's name of the state that the phase shows as. */
  readonly state?: string;
  /** Where people see it, and its pull request. */
  readonly page?: string;
  readonly pullRequest?: string;
  /** As `explain` tells it. */
  readonly standing: Standing;
  /** What the last looks at the agent's systems found wrong. */
  readonly findings: readonly SeenFinding[];
  readonly item: WorkItem | null;
  /** Oldest first; the last is the present phase. */
  readonly visits: readonly Visit[];
  /** The phases that are left on the straight way to its end. */
  readonly ahead: readonly Phase[];
  readonly waited: Waited;
  readonly usd: number;
  readonly tokens: StoredSession['tokens'];
  readonly turns: number;
  /** What a person may do to it now. */
  readonly may: Readonly<Record<DecisionName, boolean>>;
  readonly agentIsPaused: boolean;
  /** The last lines of its log while it has a turn. */
  readonly log?: readonly LogEntry[];
}

const way: readonly Phase[] = ['intake', 'planning', 'plan-ready', 'executing', 'pr-created', 'deploying', 'deployed'];

/** Nothing is ahead of an item that has ended; a question stands beside planning. */
function aheadOf(phase: Phase | null, { agent }: AgentFacts): Phase[] {
  if (phase !== null && isOver(phase)) return [];
  const at = way.indexOf(phase === 'needs-info' ? 'planning' : (phase ?? 'intake'));
  const deploys = (agent?.config.instance?.deploy.mode ?? 'off') !== 'off';
  return way.slice(at + 1).filter((one) => deploys || one !== 'deploying');
}

/** Nothing while the agent's files have faults: it could not do it. */
function mayOf(item: WorkItem | undefined, { agent }: AgentFacts): ItemView['may'] {
  if (!item || !agent) return { cancel: false, retry: false, rollback: false };
  const may = (name: DecisionName) =>
    decisionFault(name, item, agent.config.instance?.deploy.rollback.mode) === undefined;
  // One in work goes on by itself.
  return { cancel: may('cancel'), retry: isOver(item.phase) && may('retry'), rollback: may('rollback') };
}

const entriesMax = 2_000;

/** Undefined where there is no such agent, or it has not begun with such a work item. */
export async function readItem(
  { store, agents, platform }: ViewSource,
  agentId: string,
  workItemId: number,
): Promise<ItemView | undefined> {
  const state = agents.get(agentId);
  const sessionId = workItemSession(workItemId);
  const session = await store.sessions.get(agentId, sessionId);
  if (!state || !session) return undefined;
  const facts = await readAgent(store, state, platform);
  const page = facts.agent?.kind === 'code-change' ? workItemPages(facts.agent)?.(workItemId) : undefined;
  const [[asItem], acts] = await Promise.all([
    readItems(store, facts, [{ workItemId, page }]),
    store.audit.ofSession(agentId, sessionId, entriesMax),
  ]);
  const { item, usd, tokens, turns } = session;
  if (!asItem) return undefined;
  const { group: _group, isAgents: _isAgents, ...standing } = itemStanding(asItem);
  return known({
    agentId,
    workItemId,
    sessionId,
    title: item?.title ?? session.title,
    state: item && stateOf(item.phase, facts.agent?.config.devops?.stateMapping ?? {}),
    page,
    pullRequest: item?.review?.url,
    standing,
    findings: facts.findings.filter(({ status }) => status === 'fail'),
    item: item ?? null,
    ...timelineOf(acts, { beganAt: session.createdAt, phase: item?.phase ?? 'intake', now: platform.now }),
    ahead: aheadOf(item?.phase ?? null, facts),
    usd,
    tokens,
    turns,
    may: mayOf(item, facts),
    agentIsPaused: facts.record.pausedAt !== undefined,
    log: isRunning(session, platform.now) ? await lastLines(store, session) : undefined,
  });
}
