/** How a session is tried again whose turns break, or end with their process: after pauses that grow, and not for ever. */
import { limits } from '../limits.ts';

/** `deaths` counts the present turn; `dyingSince` is when the first of them began, milliseconds since 1970. */
export interface Dying {
  readonly deaths: number;
  readonly dyingSince: number;
}

/** Whether it is given up: it broke too often, over a time in which a machine's own trouble would have passed. */
export function isGivenUp({ deaths, dyingSince }: Dying, now: number): boolean {
  return deaths > limits.deathsInRowMax && now - dyingSince >= limits.dyingMinutesMin * 60_000;
}
