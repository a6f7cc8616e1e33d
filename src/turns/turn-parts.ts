/** What every turn of a work item is made of, bound to its session and its item: gate, performer, observer. */
import { redactValue } from '../base/redact.ts';
import type { SetUp } from '../checkout/set-up.ts';
import { createTestRun } from '../checkout/test-run.ts';
import type { Workspace } from '../checkout/workspace.ts';
import { createEffects } from '../effects/effects.ts';
import type { Ledger } from '../effects/ledger.ts';
import { createPerformer, type Performer } from '../effects/performer.ts';
import { push } from '../git/push.ts';
import { trackingRef } from '../git/remote-refs.ts';
import type { TurnOrder } from '../ipc/protocol.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { createGate, type Gate } from '../work-items/gate/approval.ts';
import type { Permit } from '../work-items/gate/permit.ts';
import { createObserver, type Observer } from '../work-items/observe/observe.ts';
import { createPullRequestText } from './item/pull-request-text.ts';
import type { Steering } from './item/steering.ts';
import { branchNamer, gateRulesOf, takesOf } from './settings-of.ts';
import type { ModelRedact } from './talk/model-redact.ts';
import type { WorkerParts } from './worker-parts.ts';

export type TurnPartsOptions = WorkerParts & {
  workspace: Workspace;
  setUp: SetUp | undefined;
  order: TurnOrder;
  steering: Steering;
  modelRedact: ModelRedact;
};

export interface TurnParts {
  gate: Gate;
  performer: Performer;
  observer: Observer;
}

function gateOf({ agent, connections, supervisor, order, clock, newId }: TurnPartsOptions): Gate {
  const { tenant, tracker, repository, codeHost, instance } = connections;
  const { config, digest } = agent;
  const { turnId } = order;
  return createGate({
    agentId: agent.id,
    tenant,
    configDigest: digest,
    rules: gateRulesOf(config),
    targetBranch: repository.targetBranch,
    tracker,
    source: repository,
    codeHost,
    agentIdentities: order.agentIdentities,
    blocked: async (kind) => (await supervisor.call('blocked', { turnId, kind })) ?? undefined,
    otherMerges: () => supervisor.call('otherMerges', { turnId }),
    clock,
    newId,
    ...(instance ? { instance } : {}),
    ...(config.instance ? { instanceName: config.instance.name } : {}),
  });
}

function performerOf(options: TurnPartsOptions, gate: Gate): Performer {
  const { agent, connections, workspace, setUp, sandbox, networks, folders } = options;
  const { supervisor, order, clock, crashPoints, redact } = options;
  const { repository, tracker, codeHost, instance, linkHosts, mention } = connections;
  const { pageOf } = tracker;
  const { git, instance: target, devops } = agent.config;
  const { turnId } = order;
  const { testCommand, testMinutesMax = 20 } = git ?? {};

  /** The lease is where our branch stood when we last saw it. */
  async function pushOnce(permit: Permit, sha: string, branch: string): Promise<Refusal | undefined> {
    await repository.fetch();
    const expected = await repository.resolve(trackingRef(branch));
    const pushed = await push(permit, { repository, sha, branch, ...(expected ? { expected } : {}) });
    return isRefusal(pushed) ? pushed : undefined;
  }

  const runTests = createTestRun({
    sandbox,
    workspace,
    setUp,
    testCommand,
    testMinutesMax,
    openNetwork: networks.tests,
    showFolders: folders.repositoryCommands,
    clock,
  });
  const effectOf = createEffects({
    tracker,
    mapping: devops?.stateMapping ?? {},
    linkHosts,
    gate,
    source: repository,
    codeHost,
    instance,
    targetBranch: repository.targetBranch,
    draft: git?.pr.draft ?? true,
    deployMode: target?.deploy.mode === 'push' ? 'push' : 'observe',
    deployMinutesMax: target?.deploy.timeoutMinutes ?? 10,
    clock,
    // What tests print may stand in the repository; it is shown to people from here on.
    runTests: async (sha) => redactValue(redact, await runTests(sha)),
    push: pushOnce,
    describe: createPullRequestText({ titleFormat: git?.pr.titleFormat, testCommand, pageOf, mention, linkHosts }),
    archive: async (sha) => {
      if (target?.deploy.request.body !== 'archive') return undefined;
      return (await repository.git(['archive', '--format=tar', sha])).stdout;
    },
  });
  const ledger: Ledger = {
    begin: async (key, intent) => (await supervisor.call('effectBegin', { turnId, key, intent })) ?? undefined,
    async end(key, outcome, permitId) {
      await supervisor.call('effectEnd', { turnId, key, outcome, ...(permitId ? { permitId } : {}) });
    },
  };
  return createPerformer({ agentId: agent.id, gate, ledger, effectOf, crashPoints, clock });
}

function observerOf({ agent, connections, order, clock }: TurnPartsOptions, gate: Gate): Observer {
  const { tracker, codeHost, repository } = connections;
  return createObserver({
    mapping: agent.config.devops?.stateMapping ?? {},
    takes: takesOf(agent),
    remindAfterHours: agent.config.approval.remindAfterHours,
    tracker,
    codeHost,
    source: repository,
    targetBranch: repository.targetBranch,
    clock,
    gate,
    configDigest: agent.digest,
    agentIdentities: order.agentIdentities,
    branchOf: branchNamer(agent.config),
  });
}

export function createTurnParts(options: TurnPartsOptions): TurnParts {
  const gate = gateOf(options);
  return { gate, performer: performerOf(options, gate), observer: observerOf(options, gate) };
}
