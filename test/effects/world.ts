/** A performer over an outside world in memory, with a ledger that outlives its crashes. */

import type { CodeOptions } from '../../src/effects/code-effects.ts';
import type { DeployOptions } from '../../src/effects/deploy-effects.ts';
import { effectKey } from '../../src/effects/effect-key.ts';
import { type EffectPorts, effectOf } from '../../src/effects/effects.ts';
import type { EffectOutcome, Ledger, Tried } from '../../src/effects/ledger.ts';
import { createPerformer } from '../../src/effects/performer.ts';
import { type Code, refuse } from '../../src/refusal.ts';
import { createGate, type GateNode } from '../../src/work-items/gate/approval.ts';
import type { GateReads } from '../../src/work-items/gate/facts.ts';
import type { EffectResult, Intent } from '../../src/work-items/lifecycle/events.ts';
import type { WorkItem } from '../../src/work-items/work-item.ts';
import { gateRules, mapping, statusNames } from '../work-items/fixture.ts';
import { codeHostOf, instanceOf, sourceOf, trackerOf, type World } from '../work-items/ports.ts';

export class Crash extends Error {}

export interface LedgerInMemory extends Ledger {
  entries: [string, EffectOutcome['kind'], string | undefined][];
}

export function createLedger(): LedgerInMemory {
  const results = new Map<string, EffectResult>();
  const entries: LedgerInMemory['entries'] = [];
  const waiting = new Map<string, Tried>();
  return {
    entries,
    tried: async (key) => waiting.get(key),
    begin: async (key) => results.get(key),
    async end(key, outcome, permitId) {
      entries.push([key, outcome.kind, permitId]);
      if (outcome.kind === 'later') waiting.set(key, outcome);
      if (outcome.kind === 'done') results.set(key, outcome.result);
    },
  };
}

export interface StageOptions {
  ledger?: Ledger;
  crashAt?: string;
  blockedBy?: Code;
  reads?: Partial<GateReads>;
  node?: Partial<GateNode>;
  code?: Partial<CodeOptions>;
  deploy?: Partial<DeployOptions>;
}

/** A process that performs on this world; a crash throws where the real one would die. */
export function stage(world: World, { ledger = createLedger(), crashAt = '', blockedBy, ...more }: StageOptions = {}) {
  const clock = {
    now: () => world.now,
    sleep: async (ms: number) => {
      world.now += ms;
    },
  };
  const tracker = trackerOf(world);
  const [source, codeHost, instance] = [sourceOf(world), codeHostOf(world), instanceOf(world)];
  const gate = createGate({
    reads: { tracker, source, codeHost, instance, tenant: 'acme/Shop', agentIdentities: [], clock, ...more.reads },
    agent: { id: 'codechange/acme', configDigest: 'digest', targetBranch: 'main' },
    rules: gateRules,
    node: {
      blocked: async () => (blockedBy ? refuse(blockedBy, 'blocked') : undefined),
      otherMerges: async () => [],
      ...more.node,
    },
    newId: () => 'p1',
  });
  const ports: EffectPorts = {
    tile: { tracker, mapping, linkHosts: ['code.example'], names: statusNames },
    code: {
      source,
      codeHost,
      targetBranch: 'main',
      draft: true,
      runTests: async () => {
        world.writes.push('tests');
        return { passed: true, output: 'ok', seconds: 1 };
      },
      lookAt: async () => [],
      push: async (permit, sha, branch) => {
        const refusal = permit.spend(['push'], { sha, branch });
        if (refusal) return refusal;
        const fault = world.faults.findIndex(([name]) => name === 'push');
        const [, error] = fault < 0 ? [] : (world.faults.splice(fault, 1)[0] ?? []);
        if (error) throw error;
        world.writes.push(`push ${branch}`);
        world.heads.set(branch, sha);
        return undefined;
      },
      describe: async ({ title }) => ({ title, body: 'body' }),
      ...more.code,
    },
    deploy: {
      gate,
      instance,
      mode: 'push',
      minutesMax: 10,
      settleMinutes: 2,
      clock,
      archive: async () => undefined,
      ...more.deploy,
    },
  };
  const effectFor = (item: WorkItem, intent: Intent, key: string) => effectOf(ports, item, intent, key);
  const crashPoints = {
    reach(name: string) {
      if (name === crashAt) throw new Crash(name);
    },
  };
  const performer = createPerformer({
    agentId: 'codechange/acme',
    gate,
    ledger,
    effectOf: effectFor,
    crashPoints,
    clock,
  });
  return {
    gate,
    clock,
    effectOf: effectFor,
    perform: (item: WorkItem, intent: Intent) => performer.perform(item, intent),
    keyOf: (intent: Intent) => effectKey('codechange/acme', 12, intent),
  };
}
