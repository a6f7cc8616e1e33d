/** How a session is retried after its turns failed or died with their process: with growing pauses, and not forever. */
import { limits } from '../limits.ts';

/** `deaths` includes the current turn; `dyingSince` is when the first of these turns began, milliseconds since 1970. */
export interface Dying {
  readonly deaths: number;
  readonly dyingSince: number;
}

/** Whether to give up: the session failed too often, for longer than a temporary problem of the machine would last. */
export function isGivenUp({ deaths, dyingSince }: Dying, now: number): boolean {
  return deaths > limits.deathsInRowMax && now - dyingSince >= limits.dyingMinutesMin * 60_000;
}
