/**
 * Why a work item is not moving. The board is asked about an item that the agent has not taken up: only there its tag, type,
 * area and state can be read.
 */
import type { CodeChangeAgent } from '../agents/agent.ts';
import { workItemSession } from '../broker/session-id.ts';
import { checkBoard } from '../checks/board-fit.ts';
import { workItemPages } from '../connectors/tracker-of.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { stoppedBy } from '../status/agent-standing.ts';
import type { AgentFacts, BoardAnswer, Keeps } from '../status/facts.ts';
import type { SeenFinding } from '../status/finding.ts';
import { itemStanding, type Standing } from '../status/item-standing.ts';
import { whyNotTaken } from '../status/not-taken.ts';
import { readItems } from '../status/read-facts.ts';
import type { Store } from '../store/database/database.ts';
import { meaningOf } from '../work-items/code-meaning.ts';
import { blockedBy } from '../work-items/observe/tile.ts';
import type { Tracker } from '../work-items/tracker.ts';
import { withoutFilters } from './board-preview.ts';
import type { Context } from './context.ts';
import { noBoard } from './failure.ts';
import { ownAgent, unlessOutside, withConnections } from './own-connections.ts';
import { agentFacts } from './status-facts.ts';

function keepsOf(refusal: Refusal): Keeps {
  const { refused: code, why, fix } = refusal;
  return { code, why, fix, waitingFor: meaningOf(refusal).waitsFor ?? 'a person' };
}

/** What the item on the board says, the first that keeps the agent from starting it. */
async function askedOf(agent: CodeChangeAgent, tracker: Tracker, workItemId: number): Promise<BoardAnswer> {
  const lacking = await checkBoard(agent, tracker);
  if (lacking) return { isReached: true, keeps: keepsOf(lacking) };
  const tile = await tracker.tile(workItemId);
  if (!tile) {
    const { organization, project } = agent.devops;
    const why = `work item ${workItemId} is not in the project ${project} of ${organization}, or it was deleted`;
    const fix = `Check the number; ${agent.id} sees only that project.`;
    return { isReached: true, isMissing: true, keeps: keepsOf(refuse('GATE_TENANT', why, fix)) };
  }
  const notTaken = whyNotTaken(agent, tile);
  if (notTaken) return { isReached: true, keeps: notTaken };
  const blocked = await blockedBy(tracker, agent.devops.stateMapping, tile);
  return blocked ? { isReached: true, keeps: keepsOf(blocked) } : { isReached: true };
}

/** Asked with the agent's own connections; one that does not answer is told in its own words. */
async function askBoard(context: Context, agentId: string, workItemId: number): Promise<BoardAnswer> {
  const own = ownAgent(context, agentId);
  const { agent } = own;
  if (agent.kind === 'conversation') throw noBoard(agentId);
  const notReached = (refusal: Refusal): BoardAnswer => ({
    isReached: false,
    keeps: { ...keepsOf(refusal), why: `the board could not be asked: ${refusal.why}` },
  });
  const seen = { ...own, agent: withoutFilters(agent) };
  return withConnections(context, seen, async (connections) => {
    if (isRefusal(connections)) return notReached(connections);
    const answer = await unlessOutside(agentId, askedOf(agent, connections.tracker, workItemId));
    return isRefusal(answer) ? notReached(answer) : answer;
  });
}

/** Whether only the board can say why the item does not start. */
async function wantsBoard(store: Store, facts: AgentFacts, workItemId: number): Promise<boolean> {
  const session = await store.sessions.get(facts.id, workItemSession(workItemId));
  return session?.item === undefined && session?.waits === undefined && !stoppedBy(facts);
}

export interface Explanation extends Standing {
  /** What the last looks at the agent's systems found wrong: it may keep this work item too. */
  readonly findings: readonly SeenFinding[];
}

/** Fails for an agent that is not there or has no board. */
export async function explain(context: Context, agentId: string, workItemId: number): Promise<Explanation> {
  const facts = await agentFacts(context, agentId);
  if (facts.agent?.kind === 'conversation') throw noBoard(agentId);
  const store = await context.store();
  const board = (await wantsBoard(store, facts, workItemId)) ? await askBoard(context, agentId, workItemId) : undefined;
  const page = facts.agent && workItemPages(facts.agent)?.(workItemId);
  const [item] = await readItems(store, facts, [{ workItemId, page, board }]);
  const {
    group: _group,
    isAgents: _isAgents,
    ...standing
  } = itemStanding({
    ...item,
    agent: facts,
    workItemId,
    refusedEffects: item?.refusedEffects ?? [],
    isAsked: item?.isAsked ?? false,
  });
  return { ...standing, findings: facts.findings.filter(({ status }) => status === 'fail') };
}
