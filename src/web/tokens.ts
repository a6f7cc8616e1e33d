/** The two tokens of a platform: one operates, one only looks. Wrong ones are counted, told of now and then, and limited. */
import type { Clock } from '../base/clock.ts';
import { equalSecrets } from '../base/digest.ts';
import type { Log } from '../base/log.ts';
import { createTally } from '../base/tally.ts';
import { limits } from '../limits.ts';
import type { Access } from './caller.ts';

export interface TokensOptions {
  readonly apiToken: string | undefined;
  readonly viewToken: string | undefined;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
}

export interface Tokens {
  /** Whether there is one at all. */
  readonly isAny: boolean;
  of(access: Access): string | undefined;
  /** What a token gives; `limited` when too many wrong ones came within this minute, whatever this one is. */
  judge(given: string): Access | 'wrong' | 'limited';
}

const minuteMs = 60_000;

export function createTokens({ apiToken, viewToken, clock, log }: TokensOptions): Tokens {
  const tokens = { operate: apiToken, view: viewToken };
  const tally = createTally(1);
  let minute = 0;
  let wrong = 0;

  const isRight = (given: string, access: Access) =>
    tokens[access] !== undefined && equalSecrets(given, tokens[access]);

  return {
    isAny: apiToken !== undefined || viewToken !== undefined,
    of: (access) => tokens[access],
    judge(given) {
      const now = Math.floor(clock.now() / minuteMs);
      if (now !== minute) [minute, wrong] = [now, 0];
      if (wrong >= limits.wrongTokensPerMinuteMax) return 'limited';
      if (isRight(given, 'operate')) return 'operate';
      if (isRight(given, 'view')) return 'view';
      wrong += 1;
      const counted = tally('');
      if (counted) log.warn({ count: counted.count }, 'somebody sent a wrong token to the dashboard');
      return 'wrong';
    },
  };
}
