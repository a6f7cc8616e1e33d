/** Reads the facts of a status from the store, through the few reads that it needs. */
import type { AgentState } from '../agents/agent-store.ts';
import { heldBy } from '../agents/trust.ts';
import { type Message, personCommands } from '../broker/message.ts';
import { workItemSession } from '../broker/session-id.ts';
import type { Proposal } from '../conversations/proposal.ts';
import type { Refusal } from '../refusal.ts';
import type {
  AgentFacts,
  BoardAnswer,
  ItemFacts,
  PlatformFacts,
  RecordFacts,
  SessionFacts,
  SlackAppFacts,
} from './facts.ts';
import type { SeenFinding } from './finding.ts';
import { nextBeatAt } from './next-look.ts';
import { dayMs } from './overview.ts';
import { slackAppNameOf } from './slack-standing.ts';

/** The reads of the store; all of it fits. */
export interface StatusReads {
  readonly agents: { get(agentId: string): Promise<RecordFacts> };
  readonly nodes: { othersWith(agentId: string, digest: string): Promise<readonly string[]> };
  readonly sessions: { get(agentId: string, sessionId: string): Promise<SessionFacts | undefined> };
  readonly sessionLists: { told(agentId: string, since: number): Promise<readonly SessionFacts[]> };
  readonly findings: {
    list(looked: { agentId: string; digest: string }): Promise<readonly SeenFinding[]>;
  };
  readonly proposals: { open(agentId: string): Promise<readonly Proposal[]> };
  readonly slackApps: { list(): Promise<readonly (Omit<SlackAppFacts, 'name'> & { readonly app: string })[]> };
  readonly usage: { usdToday(agentId: string): Promise<number> };
  readonly platform: { pausedAt(): Promise<number | undefined> };
  readonly effects: {
    open(session: { agentId: string; sessionId: string }): Promise<readonly { refusal?: Refusal | undefined }[]>;
  };
  readonly messages: { unrouted(max: number): Promise<readonly Message[]> };
}

/** `standstill` is why no agent could work if the platform were started; `now` is milliseconds since 1970. */
export async function readPlatform(
  { platform }: Pick<StatusReads, 'platform'>,
  known: { isUp: boolean; standstill?: Refusal | undefined; now: number },
): Promise<PlatformFacts> {
  return { ...known, pausedAt: await platform.pausedAt() };
}

/** The app of an agent that is to be heard in Slack. */
async function slackAppOf(
  { slackApps }: Pick<StatusReads, 'slackApps'>,
  state: AgentState,
): Promise<SlackAppFacts | undefined> {
  const name = 'agent' in state ? slackAppNameOf(state.agent) : undefined;
  if (name === undefined) return undefined;
  const stored = (await slackApps.list()).find(({ app }) => app === name);
  return stored ? { ...stored, name } : { name, state: 'missing' };
}

export async function readAgent(
  store: Pick<StatusReads, 'agents' | 'nodes' | 'sessionLists' | 'findings' | 'usage' | 'proposals' | 'slackApps'>,
  state: AgentState,
  platform: PlatformFacts,
): Promise<AgentFacts> {
  const { agents, nodes, sessionLists, findings, usage } = store;
  const { id } = state;
  const known = 'agent' in state ? findings.list({ agentId: id, digest: state.agent.digest }) : [];
  const [record, own, usdToday, found, proposals, slackApp] = await Promise.all([
    agents.get(id),
    sessionLists.told(id, platform.now - dayMs),
    usage.usdToday(id),
    known,
    store.proposals.open(id),
    slackAppOf(store, state),
  ]);
  const files = 'agent' in state ? { agent: state.agent } : { fault: state.refusal };
  const { trusted } = record;
  const isHeld = 'agent' in state && heldBy(trusted, state.agent);
  const trustedOn = isHeld && trusted ? await nodes.othersWith(id, trusted.digest) : undefined;
  const beatAt = nextBeatAt(files.agent, platform.now);
  return {
    ...{ id, record, trustedOn, platform, sessions: own, nextBeatAt: beatAt },
    ...{ usdToday, findings: found, proposals, slackApp, ...files },
  };
}

const askedMax = 200;

/** Work items for which a person asked something of the agent that the platform has not handed out yet. */
async function askedFor({ messages }: Pick<StatusReads, 'messages'>, agentId: string): Promise<Set<unknown>> {
  const waiting = await messages.unrouted(askedMax);
  const own = waiting.filter(({ to, command }) => to === `agent/${agentId}` && personCommands.has(command));
  return new Set(own.map(({ payload }) => (payload as { workItemId?: unknown } | undefined)?.workItemId));
}

export interface WantedItem {
  readonly workItemId: number;
  readonly page?: string | undefined;
  readonly board?: BoardAnswer | undefined;
}

/** The same order as `wanted`. */
export async function readItems(
  reads: Pick<StatusReads, 'effects' | 'messages' | 'sessions'>,
  agent: AgentFacts,
  wanted: readonly WantedItem[],
): Promise<ItemFacts[]> {
  const asked = await askedFor(reads, agent.id);
  const sessions = new Map(agent.sessions.map((session) => [session.sessionId, session]));
  return Promise.all(
    wanted.map(async ({ workItemId, page, board }) => {
      const sessionId = workItemSession(workItemId);
      const told = sessions.get(sessionId);
      const session = told ?? (await reads.sessions.get(agent.id, sessionId));
      const open = session ? await reads.effects.open({ agentId: agent.id, sessionId }) : [];
      const refusedEffects = open.flatMap(({ refusal }) => refusal ?? []);
      return { agent, workItemId, session, refusedEffects, isAsked: asked.has(workItemId), page, board };
    }),
  );
}
