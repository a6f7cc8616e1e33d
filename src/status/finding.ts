/** What a look at an agent, its systems or the machine found, and what to do about it. */
import type { Code } from '../refusal.ts';

export interface Finding {
  /** Such as `git`, or `codechange/acme board-token`. */
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly what: string;
  /** Empty if there is nothing to do. */
  readonly fix: string;
  readonly code?: Code | undefined;
  /** The file to change, relative to the workspace; absent if no file is to blame. */
  readonly file?: string | undefined;
  /** Counted from 1. */
  readonly line?: number | undefined;
  /** The other side failed, so that nothing was learned. */
  readonly isUnread?: true | undefined;
}

/** The id of the check that an agent's models answer: a turn that was answered shows the same. */
export const modelCheckOf = (agentId: string): string => `${agentId} model`;

export interface SeenFinding extends Finding {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly seenBy: 'doctor' | 'platform';
}
