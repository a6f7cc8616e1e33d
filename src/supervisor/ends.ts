/** What a node has begun, and how each part of it ends: in one order, whatever becomes of the parts before. */
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';

/** Nothing comes in any more, then nothing is done any more, then the state is left; the lock on it is the last. Leases outlive turns. */
const inOrder = [
  ...(['hooks', 'the watch', 'hints', 'Slack', 'what goes to Slack', 'loops', 'turns', 'leases'] as const),
  ...(['giving turns back', 'leaving the nodes', 'the database', 'the lock'] as const),
];

export interface Ends {
  /** Says how a part ends, once it has begun. */
  add(part: (typeof inOrder)[number], end: () => unknown): void;
  /** Ends all parts that have begun. Never throws: what fails, as with a database that is away, is told in the log. */
  all(): Promise<void>;
}

export function createEnds(log: Pick<Log, 'warn'>): Ends {
  const ends = new Map<string, () => unknown>();
  return {
    add: (part, end) => void ends.set(part, end),
    async all() {
      for (const part of inOrder) {
        try {
          await ends.get(part)?.();
        } catch (error) {
          log.warn(`stopping, ${part}: ${messageOf(error)}`);
        }
      }
    },
  };
}
