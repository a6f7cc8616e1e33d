/** What is asked of Slack while messages are routed, kept for a while: who somebody is, and whether a channel is shared. */
import { OutsideError } from '../../base/errors.ts';
import type { SlackReads } from '../../connectors/slack/reads.ts';
import { startOf } from '../../documents/cut.ts';
import { sanitizeLine } from '../../documents/lines.ts';
import { limits } from '../../limits.ts';

type Reads = Pick<SlackReads, 'channel' | 'userName'>;

const nameCharsMax = 80;

/** People choose their names themselves: a line of plain words, so that no name reads as a line of ours. */
const plainName = (name: string) => startOf(sanitizeLine(name.replace(/[*_~`]/g, ' ')), nameCharsMax) || undefined;

/** Asks once in a while for each key; an error is kept for a short time, so that nobody is asked in a circle. */
function kept<T>(now: () => number, goodMs: number, badMs: number) {
  const known = new Map<string, { until: number; value: Promise<T> }>();
  return (key: string, ask: () => Promise<T>): Promise<T> => {
    const before = known.get(key);
    if (before && before.until > now()) return before.value;
    const value = ask();
    const entry = { until: now() + goodMs, value };
    known.set(key, entry);
    value.catch(() => {
      entry.until = now() + badMs;
    });
    if (known.size > limits.slackLookupsMax) known.delete(known.keys().next().value ?? '');
    return value;
  };
}

const minuteMs = 60_000;

export function createLookups(now: () => number) {
  const shared = kept<boolean>(now, 10 * minuteMs, minuteMs / 4);
  const names = kept<string | undefined>(now, 60 * minuteMs, minuteMs);
  const told = new Map<string, boolean>();
  return {
    /** What an event of Slack said of the channel that it came from. */
    tell(app: string, channel: string, isShared: boolean): void {
      told.set(`${app} ${channel}`, isShared);
    },
    /**
     * Whether another company is in the channel. An app that may not ask, for want of a scope, takes what the events say. Throws an
     * OutsideError where they say nothing, and where Slack cannot be asked now.
     */
    isShared: (app: string, channel: string, reads: Reads) =>
      shared(`${app} ${channel}`, async () => (await reads.channel(channel)).isShared).catch((error: unknown) => {
        const said = told.get(`${app} ${channel}`);
        if (said === undefined || !(error instanceof OutsideError) || error.retryable) throw error;
        return said;
      }),
    /** Undefined where Slack tells no name: the message counts without it. */
    userName: (app: string, user: string, reads: Reads) =>
      names(`${app} ${user}`, async () => plainName((await reads.userName(user)) ?? '')).catch((error: unknown) => {
        if (error instanceof OutsideError) return undefined;
        throw error;
      }),
  };
}

export type Lookups = ReturnType<typeof createLookups>;
