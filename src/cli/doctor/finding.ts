/** One check of `jvagent doctor`: what was found, and what to do if something is wrong. */
import { OutsideError } from '../../base/errors.ts';
import { type Code, codes, isRefusal, type Refusal } from '../../refusal.ts';
import { outsideRefusal } from '../../work-items/outside-refusal.ts';

export interface Finding {
  /** Such as `git`, or `codechange/acme board-token`. */
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly what: string;
  /** Empty if there is nothing to do. */
  readonly fix: string;
  readonly code?: Code | undefined;
}

/** A finding without its id. A plain text means that all is well. */
export type Verdict = Omit<Finding, 'id'> | Refusal | string;

export interface Check {
  readonly id: string;
  look(): Promise<Verdict> | Verdict;
}

/** It works, but not as it should. */
export function warn(what: string, fix: string, code?: Code): Verdict {
  return { status: 'warn', what, fix, code };
}

export function fail(what: string, fix: string, code?: Code): Verdict {
  return { status: 'fail', what, fix, code };
}

/** A token with more access than it needs. */
export function tooWide(what: string): Verdict {
  return warn(what, codes.TOKEN_TOO_WIDE, 'TOKEN_TOO_WIDE');
}

/** What was read, or `otherwise` if the other side has no such answer, or none for this token. */
export function unlessClosed<T>(read: Promise<T>, otherwise: T): Promise<T> {
  return read.catch((error: unknown) => {
    if (error instanceof OutsideError && ['missing', 'auth'].includes(error.facts.kind)) return otherwise;
    throw error;
  });
}

function findingOf(id: string, verdict: Verdict): Finding {
  if (typeof verdict === 'string') return { id, status: 'ok', what: verdict, fix: '' };
  if (!isRefusal(verdict)) return { id, ...verdict };
  return { id, status: 'fail', what: verdict.why, fix: verdict.fix, code: verdict.refused };
}

/** If a check cannot run because the other side fails, that is a finding too. `agentId` is the agent that is looked at, if one is. */
export async function findingsOf(checks: readonly Check[], agentId = 'ID'): Promise<Finding[]> {
  return Promise.all(
    checks.map(async ({ id, look }) => {
      try {
        return findingOf(id, await look());
      } catch (error) {
        if (!(error instanceof OutsideError)) throw error;
        return findingOf(id, outsideRefusal(error, agentId));
      }
    }),
  );
}
