/** What the platform knows of the work item that a thread is about: how it stands, and the end of its log; read, and never written. */
import { workItemSession } from '../../broker/session-id.ts';
import { endOf } from '../../documents/cut.ts';
import { limits } from '../../limits.ts';
import { statusComment } from '../../status/texts.ts';
import type { Store } from '../../store/database/database.ts';
import type { LogEntry } from '../../store/session-log.ts';
import type { RunningTurn } from '../running-turn.ts';

/** A text with the words that say what it is. */
export interface Subject {
  label: string;
  text: string;
}

function lineOf({ at, kind, text, tool }: LogEntry): string {
  return `${new Date(at).toISOString()} ${kind}: ${text ?? tool ?? ''}`;
}

/** Empty unless the agent began the thread about a work item. */
export async function subjectOf(
  { threads, sessions, log }: Pick<Store, 'threads' | 'sessions' | 'log'>,
  turn: RunningTurn,
): Promise<Subject[]> {
  const { workItemId } = (await threads.ofSession(turn)) ?? {};
  if (workItemId === undefined) return [];
  const { agentId, agent } = turn;
  const { devops, approval } = agent.config;
  const sessionId = workItemSession(workItemId);
  const item = (await sessions.get(agentId, sessionId))?.item;
  const names = {
    ...{ agentId, mapping: devops?.stateMapping ?? {}, approvers: devops?.approvers },
    notRequester: approval.notRequester,
  };
  const entries = await log.tail({ agentId, sessionId, max: limits.subjectLogLines });
  const told = endOf(entries.map(lineOf).join('\n'), limits.subjectLogCharsMax);
  return [
    { label: `how work item ${workItemId} stands`, text: item ? statusComment(item, names) : 'not known' },
    ...(told === '' ? [] : [{ label: `the end of the log of work item ${workItemId}`, text: told }]),
  ];
}
