/** One session with its work item and its log, as `show --json` prints it. */
import { known } from '../base/known.ts';
import type { PendingTrigger } from '../broker/pending-trigger.ts';
import type { StoredProposal } from '../conversations/proposal.ts';
import type { Store } from '../store/database/database.ts';
import type { SessionKey } from '../store/fence.ts';
import type { LogEntry, StoredLogEntry } from '../store/session-log.ts';
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
  /** Where there are more entries: before and after which id to read on. */
  readonly older?: number;
  readonly newer?: number;
}

/** `succeeded`, `refused`, `failed`, `timed out`, `stalled`, `cancelled` or `over budget`. */
function outcomeIn(log: readonly LogEntry[]): string | undefined {
  const { result } = log.findLast(({ kind }) => kind === 'turn-ended') ?? {};
  return typeof result === 'object' && result !== null && 'outcome' in result ? String(result.outcome) : undefined;
}

/** An entry without its place in the store. */
function plainEntry({ id: _id, agentId: _agent, sessionId: _session, ...entry }: StoredLogEntry): LogEntry {
  return entry;
}

const linesMax = 4;

/** For a glance at a turn that runs. */
export async function lastLines(store: Pick<Store, 'log'>, { agentId, sessionId }: SessionKey): Promise<LogEntry[]> {
  return (await store.log.tail({ agentId, sessionId, max: linesMax })).map(plainEntry);
}

function sessionView(
  session: StoredSession,
  log: readonly StoredLogEntry[],
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
    log: log.map(plainEntry),
  });
}

/** Which part of a log is wanted: the newest entries, or those next to one that was seen. */
export interface LogPart {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly max: number;
}

const wholeLog: LogPart = { max: 10_000 };

/** The wanted entries, and where to read on in either direction. */
async function logPart(store: Pick<Store, 'log'>, session: SessionKey, { before, after, max }: LogPart) {
  const isForward = after !== undefined && before === undefined;
  const more = await store.log[isForward ? 'list' : 'tail']({ ...session, before, after, max: max + 1 });
  const log = isForward ? more.slice(0, max) : more.slice(-max);
  const isMore = more.length > max;
  return {
    log,
    older: isForward || isMore ? log.at(0)?.id : undefined,
    newer: before !== undefined || (isForward && isMore) ? log.at(-1)?.id : undefined,
  };
}

/** Undefined where the agent has no such session. */
export async function readSession(
  { store, agents }: Pick<ViewSource, 'store' | 'agents'>,
  session: SessionKey,
  part: LogPart = wholeLog,
): Promise<SessionView | undefined> {
  const { agentId, sessionId } = session;
  const stored = await store.sessions.get(agentId, sessionId);
  if (!stored) return undefined;
  const { log, older, newer } = await logPart(store, { agentId, sessionId }, part);
  const proposals = (await store.proposals.open(agentId)).filter((one) => one.sessionId === sessionId);
  const state = agents.get(agentId);
  const mapping = state && 'agent' in state ? state.agent.config.devops?.stateMapping : undefined;
  return known({ ...sessionView(stored, log, { mapping, proposals }), older, newer });
}
