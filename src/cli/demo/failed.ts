/** Whether the demo failed: a stop by a person counts only before the work item is done. */
import type { DemoResult } from './run-demo.ts';

/** Why it failed; undefined if it did not. */
export function whyFailed(
  { ok, why, state }: Pick<DemoResult, 'ok' | 'why' | 'state'>,
  isStopped: boolean,
): string | undefined {
  if (ok) return undefined;
  return isStopped ? 'Stopped.' : (why ?? `The work item ended in "${state}".`);
}
