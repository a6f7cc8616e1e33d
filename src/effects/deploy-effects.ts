/**
 * The deployment of a merge: sent once by its key, then waited for and verified by version and health, and its way back.
 *
 * deploy -> sent, and stored as such -> verify -> well | rollback
 */
import type { Clock } from '../base/clock.ts';
import { assert, OutsideError } from '../base/errors.ts';
import { known } from '../base/known.ts';
import { isRefusal } from '../refusal.ts';
import { pauses } from '../waits.ts';
import type { Gate, Permitted } from '../work-items/gate/approval.ts';
import type { Instance } from '../work-items/instance.ts';
import type { EffectResult, IntentOf } from '../work-items/lifecycle/events.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Effect } from './performer.ts';

export interface DeployOptions {
  gate: Gate;
  instance: Instance | undefined;
  /** `observe` sends nothing and waits for the instance to report our merge. */
  mode: 'push' | 'observe';
  minutesMax: number;
  /** A tar of the commit, where the instance takes one. */
  archive: (sha: string) => Promise<Buffer | undefined>;
  clock: Clock;
}

const deploymentPollMs = 500;

function open({ instance }: DeployOptions, given: Permitted | undefined) {
  assert(instance && given, 'a deployment without an instance or a permit');
  return { instance, permit: given.permit };
}

/** Why a deployment did not end well; undefined when it did. */
async function ended({ clock, minutesMax }: DeployOptions, instance: Instance, deploymentId: string) {
  for (const until = clock.now() + minutesMax * 60_000; clock.now() < until; ) {
    const state = await instance.deployment(deploymentId);
    if (state === 'succeeded') return undefined;
    if (state === 'failed') return 'the instance reports that the deployment failed';
    await clock.sleep(deploymentPollMs);
  }
  return `the deployment did not end within ${minutesMax} minutes`;
}

/** Why the instance is not what it should be after a deployment; undefined when it is. */
async function verify({ gate, instance }: DeployOptions, item: WorkItem): Promise<string | undefined> {
  const version = await gate.version(item);
  if (isRefusal(version)) return version.why;
  if (version !== 'deployed') return 'the instance still reports the earlier version';
  return (await instance?.healthy()) ? undefined : 'the instance is not healthy after the deployment';
}

/** Sends the commit; the result names what ran before, to come back to. */
async function send(options: DeployOptions, given: Permitted | undefined, sha: string, key: string) {
  const { instance, permit } = open(options, given);
  const { commit } = await instance.version();
  const archive = await options.archive(sha);
  const { deploymentId } = await instance.deploy(permit, { sha, key, archive });
  return known({ deploymentId, before: commit === sha ? undefined : commit });
}

/** The result, with why the item is not ours to go on with after it, where people took it away meanwhile. */
async function withDeparture({ gate }: DeployOptions, item: WorkItem, result: EffectResult): Promise<EffectResult> {
  const departure = await gate.departure(item);
  return departure && !isRefusal(departure) ? { ...result, takenAway: departure.why } : result;
}

export function deployEffect(options: DeployOptions, item: WorkItem, { sha }: IntentOf<'deploy'>, key: string): Effect {
  return {
    wish: { kind: 'deploy', item, sha },
    async find() {
      const version = await options.gate.version(item);
      const isDone = version === 'deployed' && (await verify(options, item)) === undefined;
      return isDone ? withDeparture(options, item, { deployed: true }) : undefined;
    },
    async act(given): Promise<EffectResult> {
      if (options.mode === 'push') return send(options, given, sha, key);
      throw new OutsideError(`the customer's own pipeline has not deployed ${sha.slice(0, 12)} yet`, {
        system: 'instance',
        request: 'observe',
        kind: 'limited',
        retryAfterMs: pauses.deployedByOthers,
      });
    },
  };
}

export function verifyEffect(options: DeployOptions, item: WorkItem, { deploymentId }: IntentOf<'verify'>): Effect {
  return {
    find: async () => undefined,
    async act() {
      assert(options.instance, 'a deployment without an instance');
      const why = (await ended(options, options.instance, deploymentId)) ?? (await verify(options, item));
      return withDeparture(options, item, why === undefined ? { deployed: true } : { deployed: false, why });
    },
  };
}

/** Whether the instance runs what it ran before; where that is not known, something that is not the merge. */
async function isBack({ instance }: DeployOptions, { sha, before }: IntentOf<'rollback'>): Promise<boolean> {
  const commit = (await instance?.version())?.commit;
  return before === undefined ? commit !== undefined && commit !== sha : commit === before;
}

/** The way back is done when the instance runs what it ran before, and is healthy on it; it is sent only where it must be. */
export function rollbackEffect(
  options: DeployOptions,
  item: WorkItem,
  intent: IntentOf<'rollback'>,
  key: string,
): Effect {
  const { sha, deploymentId } = intent;
  const { clock, minutesMax } = options;
  const told = (result: EffectResult) => withDeparture(options, item, { deploymentId, ...result });
  return {
    wish: { kind: 'rollback', item, sha },
    find: async () => ((await isBack(options, intent)) && (await options.instance?.healthy()) ? told({}) : undefined),
    async act(given) {
      const { instance, permit } = open(options, given);
      if (!(await isBack(options, intent))) await instance.rollback(permit, deploymentId, key);
      for (const until = clock.now() + minutesMax * 60_000; clock.now() < until; ) {
        if ((await isBack(options, intent)) && (await instance.healthy())) return told({});
        await clock.sleep(deploymentPollMs);
      }
      return told({ why: 'the instance is not well after the way back either' });
    },
  };
}
