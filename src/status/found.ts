/** A finding of an earlier look, as people read it later. */

import { timeText } from '../work-items/time-text.ts';
import type { SeenFinding } from './finding.ts';

/** Where it is, what is wrong, and who saw it when. */
export function foundText({ file, line, what, at, seenBy }: SeenFinding): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`} `;
  return `${place}${what} (seen by ${seenBy === 'doctor' ? 'doctor' : 'the platform'} at ${timeText(at)})`;
}
