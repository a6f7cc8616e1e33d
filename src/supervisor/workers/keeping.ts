/**
 * How long a worker without a turn is kept: while its agent is likely to have another turn soon, within a bound on memory.
 *
 * To start a worker costs about 0.2 s of a core, and 0.5 s more for its first turn of the model; to keep one costs 100 MB.
 */
import { readFileSync } from 'node:fs';
import { isThreadSession } from '../../broker/session-id.ts';
import { limits } from '../../limits.ts';
import type { RunningTurn } from '../running-turn.ts';

/**
 * Until when the worker of a turn that came to rest is kept, milliseconds since 1970; `wakeAt` is when its session wants the next one.
 * People who were answered often ask again within minutes.
 */
export function keptUntil(
  { agent, sessionId, isAskedFor }: Pick<RunningTurn, 'agent' | 'sessionId' | 'isAskedFor'>,
  wakeAt: number | undefined,
  now: number,
): number {
  const isTalk = isAskedFor && (agent.kind === 'conversation' || isThreadSession(sessionId));
  const talks = isTalk ? now + limits.workerTalkSeconds * 1_000 : now;
  return Math.max(talks, soon(wakeAt, now) ?? now);
}

/** A while after a turn that begins soon; undefined if it does not. */
export function soon(nextAt: number | undefined, now: number): number | undefined {
  if (nextAt === undefined || nextAt > now + limits.workerSoonSeconds * 1_000) return undefined;
  return Math.max(nextAt, now) + limits.workerIdleSeconds * 1_000;
}

const pageBytes = 4_096;

/** Resident memory of a process in MB; 0 where it cannot be told. */
export function memoryMbOf(pid: number | undefined): number {
  const text = pid === undefined ? '' : statm(pid);
  return (Number(text.split(' ')[1] ?? 0) * pageBytes) / 2 ** 20;
}

function statm(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/statm`, 'utf8');
  } catch {
    return '';
  }
}
