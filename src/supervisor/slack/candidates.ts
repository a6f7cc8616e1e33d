/** Which agents of an app are heard at a place, and how each stands: the facts by which a message is routed. */
import type { AgentState } from '../../agents/agent-store.ts';
import { triageTextOf } from '../../agents/instructions.ts';
import { defaultApp } from '../../connectors/slack/apps.ts';
import type { Candidate } from '../../conversations/route.ts';
import type { MessageBody } from '../../conversations/slack-event.ts';
import { type Refusal, refuse } from '../../refusal.ts';
import { outOfMoney, stoppedBy } from '../../status/agent-standing.ts';
import type { Node } from '../node.ts';

type CandidatesNode = Pick<Node, 'store' | 'agents' | 'clock'>;

/** Where a message stands and who wrote it. */
export interface WrittenAt extends Pick<MessageBody, 'isDirect'> {
  readonly app: string;
  readonly channel: string;
  readonly user: string;
  readonly userTeam?: string | undefined;
}

/** The reasons that pass, so that what waits is read then. */
const passing: ReadonlySet<string> = new Set(['PAUSED', 'BUDGET_DAY', 'CONFIG_UNTRUSTED']);

async function standingOf({ store, clock }: CandidatesNode, state: AgentState): Promise<Refusal | undefined> {
  const { id } = state;
  const [record, usdToday, pausedAt] = await Promise.all([
    store.agents.get(id),
    store.usage.usdToday(id),
    store.platform.pausedAt(),
  ]);
  const platform = { isUp: true, pausedAt, now: clock.now() };
  const files = 'agent' in state ? { agent: state.agent } : { fault: state.refusal };
  const facts = { id, record, platform, sessions: [], usdToday, findings: [], proposals: [], ...files };
  return stoppedBy(facts) ?? outOfMoney(facts);
}

/** Why an agent answers nothing now, and whether a message waits for it meanwhile. */
async function stopOf(node: CandidatesNode, state: AgentState): Promise<Pick<Candidate, 'stopped' | 'keeps'>> {
  if ('agent' in state && !state.agent.config.autoRun.enabled) {
    const fix = `Set autoRun.enabled to true in ${state.id}/jvAgent.json, then run \`jvagent trust ${state.id}\`.`;
    return { stopped: refuse('PAUSED', `${state.id} is switched off: autoRun.enabled is false`, fix), keeps: false };
  }
  const stopped = await standingOf(node, state);
  return { stopped, keeps: stopped === undefined || passing.has(stopped.refused) };
}

/** Whether the agent is heard there at all, by its configuration. */
function hears(state: AgentState, { app, channel, user, userTeam, isDirect }: WrittenAt): boolean {
  const slack = 'agent' in state ? state.agent.config.slack : undefined;
  if (!slack || (slack.app ?? defaultApp) !== app) return false;
  if (!isDirect) return slack.channels.includes(channel) || slack.statusChannel === channel;
  return userTeam === undefined && (slack.directMessages === 'all' || Object.hasOwn(slack.people, user));
}

async function candidateOf(node: CandidatesNode, state: AgentState, at: WrittenAt): Promise<Candidate[]> {
  if (!('agent' in state)) return [];
  const { agent } = state;
  const { channels = [], allowShared = false, people = {} } = agent.config.slack ?? {};
  return [
    {
      agentId: agent.id,
      ...(await stopOf(node, state)),
      listens: channels.includes(at.channel) && triageTextOf(agent) !== undefined,
      allowsShared: allowShared,
      knowsWriter: at.userTeam === undefined && Object.hasOwn(people, at.user),
    },
  ];
}

/** `owner` is the agent of the thread: it is a candidate also while its files are faulty, so that people learn of it. */
export async function candidatesAt(
  node: CandidatesNode,
  at: WrittenAt,
  owner: string | undefined,
): Promise<Candidate[]> {
  const states = node.agents.list();
  const heard = states.filter((state) => hears(state, at));
  const candidates = (await Promise.all(heard.map((state) => candidateOf(node, state, at)))).flat();
  const faulty = states.find((state) => state.id === owner && !('agent' in state));
  if (!faulty) return candidates;
  const stands = { listens: false, allowsShared: true, knowsWriter: false };
  return [...candidates, { agentId: faulty.id as Candidate['agentId'], ...(await stopOf(node, faulty)), ...stands }];
}
