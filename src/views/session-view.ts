/** One session with its work item and its log, as `show --json` prints it. */
import { known } from '../base/known.ts';
import type { PendingTrigger } from '../broker/pending-trigger.ts';
import type { StoredProposal } from '../conversations/proposal.ts';
import type { LogEntry } from '../store/session-log.ts';
import type { StoredSession } from '../store/session-rows.ts';
import { type StateMapping, stateOf } from '../work-items/phase.ts';
import type { ViewSource } from './source.ts';

export interface SessionView {
  readonly agentId: string;
  readonly sessionId: string;
  /** Null for a session that has no work item. */
  readonly phase: string | null;
  readonly title: string;
  readonly workItemId?: number;
  /** The tracker's name of the state that the phase shows as. */
  readonly state?: string;
  readonly pendingTrigger?: PendingTrigger;
  readonly planHash?: string;
  readonly branch?: string;
  readonly prUrl?: string;
  readonly deployedSha?: string;
  /** How its last turn of the engine ended. */
  readonly outcome?: string;
  /** What it proposed to change on the instance, and waits for a person. */
  readonly proposals?: readonly StoredProposal[];
  readonly attempts: number;
  readonly usd: number;
  readonly tokens: { readonly input: number; readonly cached: number; readonly output: number };
  /** Oldest first. */
  readonly log: readonly LogEntry[];
}

/** `succeeded`, `refused`, `failed`, `timed out`, `stalled`, `cancelled` or `over budget`. */
function outcomeIn(log: readonly LogEntry[]): string | undefined {
  const { result } = log.findLast(({ kind }) => kind === 'turn-ended') ?? {};
  return typeof result === 'object' && result !== null && 'outcome' in result ? String(result.outcome) : undefined;
}

function sessionView(
  session: StoredSession,
  log: readonly (LogEntry & { id?: number; agentId?: string; sessionId?: string })[],
  { mapping = {}, proposals = [] }: { mapping?: StateMapping | undefined; proposals?: readonly StoredProposal[] } = {},
): SessionView {
  const { agentId, sessionId, title, workItemId, item, pendingTrigger, usd, tokens } = session;
  return known({
    agentId,
    sessionId,
    phase: item?.phase ?? null,
    title,
    workItemId,
    state: item && stateOf(item.phase, mapping),
    pendingTrigger,
    planHash: item?.plan?.hash,
    branch: item?.change?.branch,
    prUrl: item?.review?.url,
    deployedSha: item?.deployment?.deployedSha,
    outcome: outcomeIn(log),
    proposals: proposals.length === 0 ? undefined : proposals,
    attempts: item?.counts.attempts ?? 0,
    usd,
    tokens,
    log: log.map(({ id: _id, agentId: _agent, sessionId: _session, ...entry }) => entry),
  });
}

const entriesMax = 10_000;

/** Undefined where the agent has no such session. */
export async function readSession(
  { store, agents }: Pick<ViewSource, 'store' | 'agents'>,
  agentId: string,
  sessionId: string,
): Promise<SessionView | undefined> {
  const session = await store.sessions.get(agentId, sessionId);
  if (!session) return undefined;
  const log = await store.log.tail({ agentId, sessionId, max: entriesMax });
  const proposals = (await store.proposals.open(agentId)).filter((one) => one.sessionId === sessionId);
  const state = agents.get(agentId);
  const mapping = state && 'agent' in state ? state.agent.config.devops?.stateMapping : undefined;
  return sessionView(session, log, { mapping, proposals });
}
