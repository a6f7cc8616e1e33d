/** The threads of Slack that agents have, each with its session. */
import type { BoundThread } from '../store/conversations/threads.ts';
import { pageIn } from './session-list.ts';
import type { ViewSource } from './source.ts';

export interface ListedThread extends BoundThread {
  /** The title of its session. */
  readonly title: string;
}

export interface ThreadsView {
  readonly agentId?: string | undefined;
  /** The one in which somebody spoke last comes first. */
  readonly threads: readonly ListedThread[];
  /** 1 is the first page. */
  readonly page: number;
  readonly pages: number;
  readonly total: number;
  /** Every agent that has files, for a choice. */
  readonly agents: readonly string[];
}

const threadsOnPage = 100;

/** `asked` is what an address names: `agent` and `page`. */
export async function readThreads(
  { store, agents }: ViewSource,
  asked: Readonly<Record<string, string>>,
): Promise<ThreadsView> {
  const page = pageIn(asked.page);
  const agentId = asked.agent || undefined;
  const { threads, total } = await store.threads.page({
    agentId,
    skip: (page - 1) * threadsOnPage,
    max: threadsOnPage,
  });
  const titled = threads.map(async (thread) => {
    const session = await store.sessions.get(thread.agentId, thread.sessionId);
    return { ...thread, title: session?.title ?? thread.sessionId };
  });
  return {
    agentId,
    threads: await Promise.all(titled),
    page,
    pages: Math.max(1, Math.ceil(total / threadsOnPage)),
    total,
    agents: agents.list().map(({ id }) => id),
  };
}
