/** A performer over an outside world in memory, with a ledger that outlives its crashes. */
import { effectKey } from '../../src/effects/effect-key.ts';
import { createEffects, type EffectsOptions } from '../../src/effects/effects.ts';
import type { EffectOutcome, Ledger } from '../../src/effects/ledger.ts';
import { createPerformer } from '../../src/effects/performer.ts';
import { type Code, refuse } from '../../src/refusal.ts';
import { createGate, type GateOptions } from '../../src/work-items/gate/approval.ts';
import type { EffectResult, Intent } from '../../src/work-items/lifecycle/events.ts';
import type { WorkItem } from '../../src/work-items/work-item.ts';
import { gateRules, mapping } from '../work-items/fixture.ts';
import { codeHostOf, instanceOf, sourceOf, trackerOf, type World } from '../work-items/ports.ts';

export class Crash extends Error {}

export interface LedgerInMemory extends Ledger {
  entries: [string, EffectOutcome['kind'], string | undefined][];
}

export function createLedger(): LedgerInMemory {
  const results = new Map<string, EffectResult>();
  const entries: LedgerInMemory['entries'] = [];
  return {
    entries,
    begin: async (key) => results.get(key),
    async end(key, outcome, permitId) {
      entries.push([key, outcome.kind, permitId]);
      if (outcome.kind === 'done') results.set(key, outcome.result);
    },
  };
}

export interface StageOptions {
  ledger?: Ledger;
  crashAt?: string;
  blockedBy?: Code;
  gate?: Partial<GateOptions>;
  effects?: Partial<EffectsOptions>;
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
    agentId: 'codechange/acme',
    tenant: 'acme/Shop',
    configDigest: 'digest',
    rules: gateRules,
    targetBranch: 'main',
    tracker,
    source,
    codeHost,
    instance,
    agentIdentities: [],
    blocked: async () => (blockedBy ? refuse(blockedBy, 'blocked') : undefined),
    otherMerges: async () => [],
    clock,
    newId: () => 'p1',
    ...more.gate,
  });
  const effectOf = createEffects({
    tracker,
    mapping,
    linkHosts: ['code.example'],
    gate,
    source,
    codeHost,
    instance,
    targetBranch: 'main',
    draft: true,
    deployMode: 'push',
    deployMinutesMax: 1,
    clock,
    runTests: async () => {
      world.writes.push('tests');
      return { passed: true, output: 'ok', seconds: 1 };
    },
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
    describe: ({ title }) => ({ title, body: 'body' }),
    archive: async () => undefined,
    ...more.effects,
  });
  const crashPoints = {
    reach(name: string) {
      if (name === crashAt) throw new Crash(name);
    },
  };
  const performer = createPerformer({ agentId: 'codechange/acme', gate, ledger, effectOf, crashPoints, clock });
  return {
    gate,
    clock,
    effectOf,
    perform: (item: WorkItem, intent: Intent) => performer.perform(item, intent),
    keyOf: (intent: Intent) => effectKey('codechange/acme', 12, intent),
  };
}
