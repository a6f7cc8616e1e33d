/**
 * The deployment of a merge: sent once by its key, then waited for and verified by version and health, and its rollback.
 *
 * deploy -> sent, and stored as such -> verify -> deployed | rollback
 */
import { assert, OutsideError } from '../base/errors.ts';
import { known } from '../base/known.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { pauses } from '../waits.ts';
import type { Gate, Permitted } from '../work-items/gate/approval.ts';
import { shortenedCommit } from '../work-items/gate/merge-rules.ts';
import type { Instance } from '../work-items/instance.ts';
import type { EffectResult, IntentOf } from '../work-items/lifecycle/events.ts';
import type { WorkItem } from '../work-items/work-item.ts';
import type { Effect } from './performer.ts';
import { shortcomingOf, type VerifyOptions, whyNotWell } from './verify-deployment.ts';

export interface DeployOptions extends VerifyOptions {
  gate: Gate;
  instance: Instance | undefined;
  /** `observe` sends nothing and waits for the instance to report our merge. */
  mode: 'push' | 'observe';
  /** A tar of the commit, where the instance takes one. */
  archive: (sha: string) => Promise<Buffer | Refusal | undefined>;
}

const rollbackPollMs = 500;

function open({ instance }: DeployOptions, given: Permitted | undefined) {
  assert(instance && given, 'a deployment without an instance or a permit');
  return { instance, permit: given.permit };
}

/** Not now, with nothing sent; looked at again after a pause. */
function notYet(why: string): OutsideError {
  return new OutsideError(why, {
    system: 'instance',
    request: 'observe',
    kind: 'limited',
    retryAfterMs: pauses.deployedByOthers,
  });
}

/** Sends the commit; the result names what ran before, to come back to. */
async function send(options: DeployOptions, item: WorkItem, given: Permitted | undefined, sha: string, key: string) {
  const { instance, permit } = open(options, given);
  const { commit } = await instance.version();
  // Our merge is part of what runs: sending it would take the instance back.
  if (commit !== sha && (await options.gate.version(item)) === 'deployed') {
    throw notYet(`the instance runs a later commit, ${commit?.slice(0, 12)}, and is not healthy`);
  }
  const archive = await options.archive(sha);
  if (isRefusal(archive)) return archive;
  const { deploymentId } = await instance.deploy(permit, { sha, key, archive });
  return known({ deploymentId, before: commit === sha ? undefined : commit });
}

/** The result, with how people took the item away meanwhile, if they did. */
async function withDeparture({ gate }: DeployOptions, item: WorkItem, result: EffectResult): Promise<EffectResult> {
  const departure = await gate.departure(item);
  return departure && !isRefusal(departure) ? { ...result, takenAway: departure.why } : result;
}

export function deployEffect(options: DeployOptions, item: WorkItem, { sha }: IntentOf<'deploy'>, key: string): Effect {
  return {
    wish: { kind: 'deploy', item, sha },
    async find() {
      if (!options.instance || (await shortcomingOf(options.gate, options.instance, item))) return undefined;
      return withDeparture(options, item, { deployed: true });
    },
    async act(given): Promise<EffectResult | Refusal> {
      if (options.mode === 'push') return send(options, item, given, sha, key);
      throw notYet(`the customer's own pipeline has not deployed ${sha.slice(0, 12)} yet`);
    },
  };
}

export function verifyEffect(options: DeployOptions, item: WorkItem, { deploymentId }: IntentOf<'verify'>): Effect {
  return {
    find: async () => undefined,
    async act() {
      assert(options.instance, 'a deployment without an instance');
      const why = await whyNotWell(options, options.instance, item, deploymentId);
      return withDeparture(options, item, why === undefined ? { deployed: true } : { deployed: false, why });
    },
  };
}

/** Whether the instance says that it runs what it ran before; where that is not known, something that is not the merge. */
async function isBack({ instance }: DeployOptions, { sha, before }: IntentOf<'rollback'>): Promise<boolean> {
  const commit = (await instance?.version())?.commit;
  if (before !== undefined) return commit === before;
  return commit !== undefined && !shortenedCommit(commit) && commit !== sha;
}

/**
 * Whether the rollback has to be sent. While a deployment of ours may have come to be, a version alone proves nothing: the
 * old one may be a cached answer, or the new one may still be on its way.
 */
async function mustSend(options: DeployOptions, item: WorkItem, intent: IntentOf<'rollback'>): Promise<boolean> {
  if (!(await isBack(options, intent))) return true;
  if (!item.deployment?.sent?.isUnderWay) return false;
  return (await options.instance?.deployment(intent.deploymentId)) !== 'failed';
}

/** Done when the instance runs what it ran before, and is healthy on it. */
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
    async find() {
      if ((await mustSend(options, item, intent)) || !(await options.instance?.healthy())) return undefined;
      return told({ nothingSent: true });
    },
    async act(given) {
      const { instance, permit } = open(options, given);
      const isSent = await mustSend(options, item, intent);
      if (isSent) await instance.rollback(permit, deploymentId, key);
      const result: EffectResult = isSent ? {} : { nothingSent: true };
      for (const until = clock.now() + minutesMax * 60_000; clock.now() < until; ) {
        if ((await isBack(options, intent)) && (await instance.healthy())) return told(result);
        await clock.sleep(rollbackPollMs);
      }
      return told({ ...result, why: 'the instance is still unhealthy after the rollback' });
    },
  };
}
