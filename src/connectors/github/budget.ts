/**
 * What is left of a token's calls to GitHub in this hour, so that looks at pull requests leave enough of them for work in hand.
 *
 * https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
 */
import type { Clock } from '../../base/clock.ts';
import type { LookPause } from '../../work-items/code-host.ts';
import { timeText } from '../../work-items/time-text.ts';

export interface Budget {
  /** Reads it from the headers of an answer. */
  note(header: (name: string) => string | undefined): void;
  /** Why a look should wait; undefined where it may begin now. */
  lookPause(): LookPause | undefined;
}

interface Left {
  max: number;
  remaining: number;
  /** Milliseconds since 1970. */
  resetAt: number;
}

/** Below this share of the calls, looks are spread over what is left of the hour. */
const lowShare = 0.2;
/** This share is for work in hand alone. */
const ownShare = 0.05;
/** What a look costs when everything on the pull request has changed. */
const callsOfLook = 7;

export function createBudget(system: string, clock: Pick<Clock, 'now'>): Budget {
  let left: Left | undefined;
  let nextLookAt = 0;

  const pauseUntil = ({ max, remaining, resetAt }: Left, until: number): LookPause => ({
    why: `${system} leaves ${remaining} of ${max} calls until ${timeText(resetAt)}, so pull requests are looked at less often`,
    until,
  });

  return {
    note(header) {
      const [max, remaining, reset] = ['limit', 'remaining', 'reset'].map((name) =>
        Number(header(`x-ratelimit-${name}`)),
      );
      const resource = header('x-ratelimit-resource') ?? 'core';
      if (resource !== 'core' || !max || remaining === undefined || !reset || Number.isNaN(remaining)) return;
      left = { max, remaining, resetAt: reset * 1_000 };
    },
    lookPause() {
      const now = clock.now();
      if (!left || left.resetAt <= now || left.remaining > left.max * lowShare) return undefined;
      const looks = Math.floor((left.remaining - left.max * ownShare) / callsOfLook);
      if (looks <= 0) return pauseUntil(left, left.resetAt);
      if (now < nextLookAt) return pauseUntil(left, nextLookAt);
      nextLookAt = now + (left.resetAt - now) / looks;
      return undefined;
    },
  };
}
