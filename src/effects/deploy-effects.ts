/** The deployment of a merge and its way back: sent once by its key, waited for, and verified by version and health. */
import type { Clock } from '../base/clock.ts';
import { assert, OutsideError } from '../base/errors.ts';
import { isRefusal } from '../refusal.ts';
import type { Gate, Permitted } from '../work-items/approval.ts';
import type { Instance } from '../work-items/instance.ts';
import type { EffectResult, IntentOf } from '../work-items/lifecycle-events.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Effect } from './performer.ts';

export interface DeployOptions {
  gate: Gate;
  instance: Instance | undefined;
  /** `observe` sends nothing and waits for the instance to report our merge. */
  deployMode: 'push' | 'observe';
  deployMinutesMax: number;
  /** A tar of the commit, where the instance takes one. */
  archive: (sha: string) => Promise<Buffer | undefined>;
  clock: Clock;
}

const deploymentPollMs = 500;
const observeMs = 60_000;

function open({ instance }: DeployOptions, given: Permitted | undefined) {
  assert(instance && given, 'a deployment without an instance or a permit');
  return { instance, permit: given.permit };
}

/** Why a deployment did not end well; undefined when it did. */
async function ended({ clock, deployMinutesMax }: DeployOptions, instance: Instance, deploymentId: string) {
  for (const until = clock.now() + deployMinutesMax * 60_000; clock.now() < until; ) {
    const state = await instance.deployment(deploymentId);
    if (state === 'succeeded') return undefined;
    if (state === 'failed') return 'the instance reports that the deployment failed';
    await clock.sleep(deploymentPollMs);
  }
  return `the deployment did not end within ${deployMinutesMax} minutes`;
}

/** Why the instance is not what it should be after a deployment; undefined when it is. */
async function verify({ gate, instance }: DeployOptions, item: WorkItem): Promise<string | undefined> {
  const version = await gate.version(item);
  if (isRefusal(version)) return version.why;
  if (version !== 'deployed') return 'the instance still reports the earlier version';
  return (await instance?.healthy()) ? undefined : 'the instance is not healthy after the deployment';
}

async function send(options: DeployOptions, given: Permitted | undefined, item: WorkItem, sha: string, key: string) {
  const { instance, permit } = open(options, given);
  const archive = await options.archive(sha);
  const { deploymentId } = await instance.deploy(permit, { sha, key, ...(archive ? { archive } : {}) });
  const why = (await ended(options, instance, deploymentId)) ?? (await verify(options, item));
  return why === undefined ? { deployed: true, deploymentId } : { deployed: false, deploymentId, why };
}

export function deployEffect(options: DeployOptions, item: WorkItem, { sha }: IntentOf<'deploy'>, key: string): Effect {
  return {
    wish: { kind: 'deploy', item, sha },
    async find() {
      const version = await options.gate.version(item);
      return version === 'deployed' && (await verify(options, item)) === undefined ? { deployed: true } : undefined;
    },
    async act(given): Promise<EffectResult> {
      if (options.deployMode === 'push') return send(options, given, item, sha, key);
      throw new OutsideError(`the customer's own pipeline has not deployed ${sha.slice(0, 12)} yet`, {
        system: 'instance',
        request: 'observe',
        kind: 'limited',
        retryAfterMs: observeMs,
      });
    },
  };
}

/** The way back counts as done when the instance has ended it and is healthy on what it runs then. */
export function rollbackEffect(
  options: DeployOptions,
  item: WorkItem,
  { sha, deploymentId }: IntentOf<'rollback'>,
  key: string,
): Effect {
  return {
    wish: { kind: 'rollback', item, sha },
    find: async () => undefined,
    async act(given) {
      const { instance, permit } = open(options, given);
      await instance.rollback(permit, deploymentId, key);
      for (const until = options.clock.now() + options.deployMinutesMax * 60_000; options.clock.now() < until; ) {
        const isBack = (await options.gate.version(item)) !== 'deployed';
        if (isBack && (await instance.healthy())) return { deploymentId, deployed: false };
        await options.clock.sleep(deploymentPollMs);
      }
      return { deploymentId, why: 'the instance is not healthy after the rollback either' };
    },
  };
}
