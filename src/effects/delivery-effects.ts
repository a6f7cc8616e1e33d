/** What is done with a change: the host's test run, the push, the pull request, the deployment and its way back. */
import type { Clock } from '../base/clock.ts';
import { assert, OutsideError } from '../base/errors.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import type { Gate, Permitted } from '../work-items/approval.ts';
import type { CodeHost } from '../work-items/code-host.ts';
import type { Instance } from '../work-items/instance.ts';
import type { EffectResult, IntentOf } from '../work-items/lifecycle-events.ts';
import type { Permit } from '../work-items/permit.ts';
import type { Source } from '../work-items/source.ts';
import type { TestOutcome, WorkItem } from '../work-items/work-item.ts';
import type { Effect } from './performer.ts';

export interface DeliveryEffectsOptions {
  gate: Gate;
  source: Source;
  codeHost: CodeHost;
  instance: Instance | undefined;
  targetBranch: string;
  draft: boolean;
  /** `observe` sends nothing and waits for the instance to report our merge. */
  deployMode: 'push' | 'observe';
  deployMinutesMax: number;
  clock: Clock;
  runTests: (sha: string) => Promise<TestOutcome>;
  push: (permit: Permit, sha: string, branch: string) => Promise<Refusal | undefined>;
  describe: (item: WorkItem) => { title: string; body: string };
  /** A tar of the commit, where the instance takes one. */
  archive: (sha: string) => Promise<Buffer | undefined>;
}

const deploymentPollMs = 500;
const observeMs = 60_000;

export function createDeliveryEffects(options: DeliveryEffectsOptions) {
  const { gate, source, codeHost, instance, targetBranch, clock } = options;

  function permitOf(given: Permitted | undefined): Permit {
    assert(given, 'a change left without a permit');
    return given.permit;
  }

  async function ended(deploymentId: string): Promise<string | undefined> {
    assert(instance, 'a deployment without an instance');
    const until = clock.now() + options.deployMinutesMax * 60_000;
    while (clock.now() < until) {
      const state = await instance.deployment(deploymentId);
      if (state === 'succeeded') return undefined;
      if (state === 'failed') return 'the instance reports that the deployment failed';
      await clock.sleep(deploymentPollMs);
    }
    return `the deployment did not end within ${options.deployMinutesMax} minutes`;
  }

  /** Why the instance is not what it should be after a deployment; undefined when it is. */
  async function verify(item: WorkItem): Promise<string | undefined> {
    const version = await gate.version(item);
    if (isRefusal(version)) return version.why;
    if (version !== 'deployed') return 'the instance still reports the earlier version';
    return (await instance?.healthy()) ? undefined : 'the instance is not healthy after the deployment';
  }

  async function deploy(given: Permitted | undefined, item: WorkItem, sha: string, key: string): Promise<EffectResult> {
    assert(instance, 'a deployment without an instance');
    const archive = await options.archive(sha);
    const { deploymentId } = await instance.deploy(permitOf(given), { sha, key, ...(archive ? { archive } : {}) });
    const why = (await ended(deploymentId)) ?? (await verify(item));
    return why === undefined ? { deployed: true, deploymentId } : { deployed: false, deploymentId, why };
  }

  return {
    test: (intent: IntentOf<'test'>): Effect => ({
      find: async () => undefined,
      act: async () => ({ tests: await options.runTests(intent.sha) }),
    }),
    push: (item: WorkItem, { sha, branch }: IntentOf<'push'>): Effect => ({
      wish: { kind: 'push', item, sha, branch },
      find: async () => ((await source.remoteHead(branch)) === sha ? {} : undefined),
      async act(given) {
        return (await options.push(permitOf(given), sha, branch)) ?? {};
      },
    }),
    openPullRequest: (item: WorkItem, { sha, branch }: IntentOf<'open-pr'>): Effect => ({
      wish: { kind: 'open-pr', item, sha, branch },
      async find() {
        const found = await codeHost.find(branch, targetBranch);
        // One that was merged before counts only when it is this commit that was merged.
        const isIt = found?.state === 'open' || (found?.state === 'merged' && found.headSha === sha);
        return found && isIt ? { number: found.number, url: found.url } : undefined;
      },
      async act(given) {
        if (item.change?.sha !== sha || !item.change.pushed) {
          return refuse('GATE_STATE', `commit ${sha.slice(0, 12)} is not on ${branch} yet`);
        }
        const { title, body } = options.describe(item);
        const draft = { branch, sha, base: targetBranch, title, body, draft: options.draft };
        const { number, url } = await codeHost.open(permitOf(given), draft);
        return { number, url };
      },
    }),
    deploy: (item: WorkItem, { sha }: IntentOf<'deploy'>, key: string): Effect => ({
      wish: { kind: 'deploy', item, sha },
      async find() {
        const version = await gate.version(item);
        return version === 'deployed' && (await verify(item)) === undefined ? { deployed: true } : undefined;
      },
      async act(given) {
        if (options.deployMode === 'push') return deploy(given, item, sha, key);
        throw new OutsideError(`the customer's own pipeline has not deployed ${sha.slice(0, 12)} yet`, {
          system: 'instance',
          request: 'observe',
          kind: 'limited',
          retryAfterMs: observeMs,
        });
      },
    }),
    rollback: (item: WorkItem, { sha, deploymentId }: IntentOf<'rollback'>, key: string): Effect => ({
      wish: { kind: 'deploy', item, sha },
      find: async () => undefined,
      async act(given) {
        assert(instance, 'a rollback without an instance');
        await instance.rollback(permitOf(given), deploymentId, key);
        return { deploymentId };
      },
    }),
  };
}
