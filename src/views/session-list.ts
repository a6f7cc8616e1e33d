/** Sessions and work items as lists: one page of them, with how many there are. */
import { isRunning } from '../status/facts.ts';
import type { SessionQuery } from '../store/lists/session-lists.ts';
import type { StoredSession } from '../store/session-rows.ts';
import type { ViewSource } from './source.ts';

/** What is known of a session without its log, as `sessions --json` prints it. */
export function sessionSummary(session: StoredSession, now: number) {
  const { agentId, sessionId, title, workItemId, phase, pendingTrigger, createdAt, lastActiveAt, closedAt } = session;
  const { usd, tokens, turns } = session;
  const times = { createdAt, lastActiveAt, closedAt };
  const running = isRunning(session, now);
  return { agentId, sessionId, title, workItemId, phase, pendingTrigger, ...times, running, usd, tokens, turns };
}

export interface SessionListView {
  readonly agentId?: string | undefined;
  readonly phase?: string | undefined;
  /** The one that was active last comes first. */
  readonly sessions: readonly ReturnType<typeof sessionSummary>[];
  /** 1 is the first page. */
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  /** Every agent that has files, for a choice. */
  readonly agents: readonly string[];
}

const sessionsOnPage = 100;

/** A page that is not there is the first one. */
export function pageIn(text: string | undefined): number {
  return /^[1-9]\d{0,5}$/.test(text ?? '') ? Number(text) : 1;
}

/** `asked` is what an address names: `agent`, `phase` and `page`. */
export async function readSessionList(
  { store, agents, platform }: ViewSource,
  asked: Readonly<Record<string, string>>,
  isItem = false,
): Promise<SessionListView> {
  const page = pageIn(asked.page);
  const wanted = { agentId: asked.agent || undefined, phase: asked.phase || undefined };
  const query: SessionQuery = { ...wanted, isItem, skip: (page - 1) * sessionsOnPage, max: sessionsOnPage };
  const { sessions, total } = await store.sessionLists.page(query);
  return {
    ...wanted,
    sessions: sessions.map((session) => sessionSummary(session, platform.now)),
    page,
    pages: Math.max(1, Math.ceil(total / sessionsOnPage)),
    total,
    agents: agents.list().map(({ id }) => id),
  };
}
