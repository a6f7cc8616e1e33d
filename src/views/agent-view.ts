/** One agent as those who run it need it: its health, money and looks, what it is given and may reach, and what waits for a person. */
import type { Agent } from '../agents/agent.ts';
import type { Fault } from '../agents/fault.ts';
import { changesOf, heldBy } from '../agents/trust.ts';
import { known } from '../base/known.ts';
import { mainSession } from '../broker/session-id.ts';
import { boardPage } from '../connectors/tracker-of.ts';
import { differenceOf, requestLine } from '../conversations/proposal-text.ts';
import type { Refusal } from '../refusal.ts';
import { looksFailBy } from '../status/agent-standing.ts';
import type { AgentFacts } from '../status/facts.ts';
import type { SeenFinding } from '../status/finding.ts';
import { noHeartbeat } from '../status/next-look.ts';
import { readAgent } from '../status/read-facts.ts';
import type { Usage } from '../store/usage.ts';
import type { Hold } from '../work-items/lifecycle/hold.ts';
import { type Given, givenOf } from './agent-given.ts';
import { type Named, peopleOf, reachOf } from './agent-reach.ts';
import { type ListedAgent, listedAgent } from './agents-view.ts';
import type { ViewSource } from './source.ts';
import { type TrustDifference, trustDifference } from './trust-difference.ts';

/** What may be spent today: by the agent itself, or by all agents of a branch together. */
export interface Budget {
  /** The agent, or the one above it whose limit it is. */
  readonly agentId: string;
  readonly usd: number;
  readonly usdMax: number;
}

export interface AgentProposal {
  readonly id: string;
  readonly sessionId: string;
  /** `PUT /config/timeout`. */
  readonly request: string;
  /** What it changes about the value that stands there, a line each. */
  readonly changes: readonly string[];
  readonly why: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly expiresAt: number;
}

export interface AgentView extends ListedAgent {
  readonly description?: string;
  /** The agents whose files it inherits, topmost first, and those that inherit its own. */
  readonly above: readonly string[];
  readonly below: readonly string[];
  /** Of its files. */
  readonly faults: readonly Fault[];
  /** What the last looks at its systems found wrong. */
  readonly findings: readonly SeenFinding[];
  readonly pausedAt?: number;
  readonly hold?: Hold;
  readonly boardPage?: string;
  /** Milliseconds since 1970. */
  readonly lastTriedAt: number | null;
  /** Why its last look at the board did not succeed, and why it never looks by itself. */
  readonly lookFailed: Refusal | null;
  readonly neverLooks: { readonly why: string; readonly fix: string } | null;
  readonly budgets: readonly Budget[];
  /** Of the configuration as its files say it now. */
  readonly digest?: string;
  /** What changed since a person trusted it; empty where nothing is held. */
  readonly held: readonly TrustDifference[];
  readonly proposals: readonly AgentProposal[];
  readonly given: readonly Given[];
  readonly reach: readonly Named[];
  readonly people: readonly Named[];
}

/** The same bounds by which the platform refuses a turn for the day. */
async function budgetsOf(usage: Pick<Usage, 'usdTodayOfBranch'>, agent: Agent, usdToday: number): Promise<Budget[]> {
  const own = { agentId: agent.id, usd: usdToday, usdMax: agent.limits.dayUsdMax };
  const branches = agent.branchLimits.map(async ({ agentId, limits: { dayUsdMax: usdMax } }): Promise<Budget[]> => {
    return usdMax === undefined ? [] : [{ agentId, usd: await usage.usdTodayOfBranch(agentId), usdMax }];
  });
  return [own, ...(await Promise.all(branches)).flat()];
}

/** Comparing more of one value would keep others waiting. */
const editsMax = 400;

function heldOf({ agent, record: { trusted } }: AgentFacts): TrustDifference[] {
  if (!agent || !trusted || !heldBy(trusted, agent)) return [];
  return changesOf(trusted, agent).map((change) => trustDifference(change, editsMax));
}

const proposalOf = (proposal: AgentFacts['proposals'][number]): AgentProposal => {
  const { id, sessionId, request, why, at, expiresAt } = proposal;
  return { id, sessionId, request: requestLine(request), changes: differenceOf(proposal), why, at, expiresAt };
};

/** Undefined where there is no such agent. */
export async function readAgentView(
  { store, agents, platform }: ViewSource,
  agentId: string,
): Promise<AgentView | undefined> {
  const state = agents.get(agentId);
  if (!state) return undefined;
  const facts = await readAgent(store, state, platform);
  const { agent, record, sessions, findings, usdToday } = facts;
  const ids = agents.list().map(({ id }) => id);
  return known({
    ...listedAgent(facts),
    description: agent?.config.description,
    above: ids.filter((id) => agentId.startsWith(`${id}/`)),
    below: ids.filter((id) => id.startsWith(`${agentId}/`)),
    faults: 'faults' in state ? state.faults : [],
    findings: findings.filter(({ status }) => status === 'fail'),
    pausedAt: record.pausedAt,
    hold: record.hold,
    boardPage: agent?.kind === 'code-change' ? boardPage(agent) : undefined,
    lastTriedAt: sessions.find(({ sessionId }) => sessionId === mainSession)?.lastActiveAt ?? null,
    lookFailed: looksFailBy(facts) ?? null,
    neverLooks: noHeartbeat(facts) ?? null,
    budgets: agent ? await budgetsOf(store.usage, agent, usdToday) : [],
    digest: agent?.digest,
    held: heldOf(facts),
    proposals: facts.proposals.map(proposalOf),
    given: agent ? givenOf(agent) : [],
    reach: agent ? reachOf(agent) : [],
    people: agent ? peopleOf(agent) : [],
  });
}
