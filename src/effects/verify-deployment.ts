/**
 * Whether a deployment that was sent did well, judged over time.
 *
 * sent -> the instance says that it is done -> right version -> healthy. One good answer is enough. A bad one is asked
 * again until its time is up: a new version needs a moment to start, and an old version may be a cached answer.
 */
import type { Clock } from '../base/clock.ts';
import { OutsideError } from '../base/errors.ts';
import { isRefusal } from '../refusal.ts';
import type { Gate } from '../work-items/gate/approval.ts';
import type { Instance } from '../work-items/instance.ts';
import type { WorkItem } from '../work-items/work-item.ts';

export interface VerifyOptions {
  gate: Pick<Gate, 'version'>;
  /** How long a deployment may take after it was sent, until the instance reports its version. */
  minutesMax: number;
  /** How long the right version may be unhealthy. */
  settleMinutes: number;
  clock: Clock;
}

const statusPollMs = 500;
const answerPollMs = 5_000;
const minuteMs = 60_000;

/** What keeps an instance from being what it should be after a deployment. */
export interface Shortcoming {
  of: 'version' | 'health';
  why: string;
}

/** An instance that does not answer, or answers with an error, is not healthy. A token that is refused says nothing of it. */
async function isHealthy(instance: Instance): Promise<boolean> {
  return instance.healthy().catch((error: unknown) => {
    if (error instanceof OutsideError && ['failed', 'unreachable'].includes(error.facts.kind)) return false;
    throw error;
  });
}

/** As the instance answers now; undefined when it runs the item's merge, or a later commit, and is healthy. */
export async function shortcomingOf(
  gate: VerifyOptions['gate'],
  instance: Instance,
  item: WorkItem,
): Promise<Shortcoming | undefined> {
  const version = await gate.version(item);
  // What starts may not answer this either.
  if (isRefusal(version)) {
    return { of: version.refused === 'GATE_UNVERIFIABLE' ? 'health' : 'version', why: version.why };
  }
  if (version !== 'deployed') return { of: 'version', why: 'the instance still reports the earlier version' };
  return (await isHealthy(instance))
    ? undefined
    : { of: 'health', why: 'the instance is not healthy after the deployment' };
}

/** Why the deployment did not end well by itself; undefined when the instance says that it did. */
async function ended({ clock, minutesMax }: VerifyOptions, instance: Instance, deploymentId: string, until: number) {
  for (;;) {
    const state = await instance.deployment(deploymentId);
    if (state === 'succeeded') return undefined;
    if (state === 'failed') return 'the instance reports that the deployment failed';
    if (clock.now() >= until) return `the deployment did not end within ${minutesMax} minutes`;
    await clock.sleep(statusPollMs);
  }
}

/**
 * Waits for the outcome of what was sent; the reason when it did not do well.
 *
 * All bounds derive from the stored moment at which it was sent, so that a process that dies in between waits no longer
 * in total than `minutesMax` and `settleMinutes` together.
 */
export async function whyNotWell(
  options: VerifyOptions,
  instance: Instance,
  item: WorkItem,
  deploymentId: string,
): Promise<string | undefined> {
  const { clock, gate, minutesMax, settleMinutes } = options;
  const sentAt = item.deployment?.sent?.at ?? clock.now();
  const endsBy = sentAt + minutesMax * minuteMs;
  const settleMs = settleMinutes * minuteMs;
  const failure = await ended(options, instance, deploymentId, endsBy);
  if (failure) return failure;
  // However late it is done, and however late the version is right, a start has its time.
  let settledBy = clock.now() + settleMs;
  for (let wasOld = false; ; ) {
    const lacks = await shortcomingOf(gate, instance, item);
    if (!lacks) return undefined;
    const isOld = lacks.of === 'version';
    if (wasOld && !isOld) settledBy = clock.now() + settleMs;
    wasOld = isOld;
    const until = Math.min(isOld ? Math.max(endsBy, settledBy) : settledBy, endsBy + settleMs);
    if (clock.now() >= until) return lacks.why;
    await clock.sleep(Math.min(answerPollMs, until - clock.now()));
  }
}
