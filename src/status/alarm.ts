/** What the people who run the platform are told of: something that is wrong, in the words of `status` and `explain`. */
import type { Code } from '../refusal.ts';

/**
 * `agent`: it does not work until a person acts, for another cause than those below. `waiting`: a work item has waited long for a
 * person.
 */
export type AlarmKind =
  | 'agent'
  | 'audit'
  | 'board'
  | 'budget'
  | 'expiry'
  | 'hold'
  | 'model'
  | 'slack'
  | 'token'
  | 'unsent'
  | 'waiting'
  | 'worker';

export interface Alarm {
  /** The same for as long as it is the same thing that is wrong. */
  readonly key: string;
  readonly kind: AlarmKind;
  /** Empty where it is the whole platform's. */
  readonly agentId: string;
  readonly workItemId?: number;
  readonly code: Code | null;
  readonly why: string;
  readonly fix: string;
  /** Milliseconds since 1970; null where it is not known. */
  readonly since: number | null;
  /** Milliseconds since 1970; null where nothing brings another look. */
  readonly nextLookAt: number | null;
}
