/** Begins the turn of a work item: makes what it is made of, bound to it. */
import { randomUUID } from 'node:crypto';
import { redactValue } from '../../base/redact.ts';
import { createSharedWork, type SharedWork } from '../../checkout/shared-work.ts';
import { runTests } from '../../checkout/test-run.ts';
import { type EffectPorts, effectOf } from '../../effects/effects.ts';
import type { Ledger } from '../../effects/ledger.ts';
import { createPerformer, type Performer } from '../../effects/performer.ts';
import { readArchive } from '../../git/archive.ts';
import { push } from '../../git/push.ts';
import { trackingRef } from '../../git/remote-refs.ts';
import type { TurnOrder } from '../../ipc/protocol.ts';
import { isRefusal, type Refusal } from '../../refusal.ts';
import { createGate, type Gate } from '../../work-items/gate/approval.ts';
import type { Permit } from '../../work-items/gate/permit.ts';
import { createObserver, type Observer } from '../../work-items/observe/observe.ts';
import type { ItemWorker } from '../item-worker.ts';
import { branchOf, takes } from '../own-items.ts';
import { beginTurn } from '../turn.ts';
import { createModelRedact } from './model-redact.ts';
import { gateRulesOf } from './plan-shown.ts';
import { readTemplate } from './pull-request-template.ts';
import { pullRequestText } from './pull-request-text.ts';
import { createSteering } from './steering.ts';
import type { BoardTurn, ItemTurn } from './turn.ts';

/** A turn of a worker that has what work items need. */
type ItemsTurn = BoardTurn & Pick<ItemTurn, 'worker'>;

function gateOf({ agent, connections, supervisor, order, clock }: BoardTurn): Gate {
  const { tenant, tracker, repository, codeHost, instance } = connections;
  return createGate({
    reads: {
      tracker,
      source: repository,
      codeHost,
      tenant,
      agentIdentities: order.agentIdentities,
      clock,
      ...(instance ? { instance } : {}),
      ...(agent.instance ? { instanceName: agent.instance.name } : {}),
    },
    agent: { id: agent.id, configDigest: agent.digest, targetBranch: repository.targetBranch },
    rules: gateRulesOf(agent),
    node: {
      blocked: async (kind) => (await supervisor.call('blocked', { kind })) ?? undefined,
      otherMerges: () => supervisor.call('otherMerges', {}),
    },
    newId: randomUUID,
  });
}

/** The lease is the commit that our branch had when we last saw it. */
async function pushOnce(
  { connections, redact }: BoardTurn,
  permit: Permit,
  sha: string,
  branch: string,
): Promise<Refusal | undefined> {
  const { repository } = connections;
  await repository.fetch();
  const expected = await repository.resolve(trackingRef(branch));
  const pushed = await push(permit, { repository, sha, branch, redact, ...(expected ? { expected } : {}) });
  return isRefusal(pushed) ? pushed : undefined;
}

function portsOf(turn: ItemsTurn, gate: Gate, work: SharedWork): EffectPorts {
  const { agent, worker, connections, redact, clock } = turn;
  const { repository, tracker, codeHost, instance, linkHosts } = connections;
  const { git, instance: target } = agent;
  const { stateMapping: mapping, approvers } = agent.devops;
  const { notRequester } = agent.config.approval;
  return {
    tile: { tracker, mapping, linkHosts, names: { agentId: agent.id, mapping, approvers, notRequester } },
    code: {
      source: repository,
      codeHost,
      targetBranch: repository.targetBranch,
      draft: git.pr.draft,
      // What tests print may contain secrets of the repository; people see it from here on.
      runTests: async (sha) => (await work.whyMissing(sha)) ?? redactValue(redact, await runTests(worker, git, sha)),
      // What the engine needs is loaded for it alone.
      lookAt: async (item, sha) =>
        agent.config.approval.secondLook ? (await import('./second-look.ts')).lookAtChange(turn, item, sha) : [],
      push: async (permit, sha, branch) => (await work.whyMissing(sha)) ?? pushOnce(turn, permit, sha, branch),
      describe: async (item) => pullRequestText(turn, item, await readTemplate(turn)),
    },
    deploy: {
      gate,
      instance,
      mode: target?.deploy.mode === 'push' ? 'push' : 'observe',
      minutesMax: target?.deploy.timeoutMinutes ?? 0,
      settleMinutes: target?.deploy.health.settleMinutes ?? 0,
      clock,
      archive: async (sha) => {
        if (target?.deploy.request.body !== 'archive') return undefined;
        return readArchive(repository, sha);
      },
    },
  };
}

function performerOf(turn: ItemsTurn, gate: Gate, work: SharedWork): Performer {
  const { agent, supervisor, crashPoints, clock } = turn;
  const ledger: Ledger = {
    tried: async (key) => (await supervisor.call('effectTried', { key })) ?? undefined,
    begin: async (key, intent) => (await supervisor.call('effectBegin', { key, intent })) ?? undefined,
    async end(key, outcome, permitId) {
      await supervisor.call('effectEnd', { key, outcome, ...(permitId ? { permitId } : {}) });
    },
  };
  const ports = portsOf(turn, gate, work);
  return createPerformer({
    agentId: agent.id,
    gate,
    ledger,
    effectOf: (item, intent, key) => effectOf(ports, item, intent, key),
    crashPoints,
    clock,
  });
}

function observerOf({ agent, connections, order, clock }: BoardTurn, gate: Gate): Observer {
  const { tracker, codeHost, repository } = connections;
  return createObserver({
    rules: {
      mapping: agent.devops.stateMapping,
      takes: (tile) => takes(agent, tile),
      remindAfterHours: agent.config.approval.remindAfterHours,
      targetBranch: repository.targetBranch,
      branchOf: (item) => branchOf(agent, item),
      configDigest: agent.digest,
    },
    tracker,
    codeHost,
    source: repository,
    gate,
    agentIdentities: order.agentIdentities,
    clock,
  });
}

export function beginItemTurn(worker: ItemWorker, order: TurnOrder, signal: AbortSignal): ItemTurn {
  const { connections, hiddenAt, secrets } = worker;
  const { redact: modelRedact, standOn } = createModelRedact(secrets.hidden, hiddenAt);
  const turn = { ...beginTurn(worker, order, signal), worker, connections, modelRedact };
  const steering = createSteering(turn);
  const gate = gateOf(turn);
  const { repository } = connections;
  const work = createSharedWork({ repository, supervisor: turn.supervisor, known: order.work, tree: order.tree });
  const [observer, performer] = [observerOf(turn, gate), performerOf(turn, gate, work)];
  return { ...turn, standOn, steering, work, gate, observer, performer };
}
