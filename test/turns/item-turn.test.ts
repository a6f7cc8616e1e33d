/** How a turn begins and goes on; the engine is a list of events, and everything else answers as little as it may. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Engine, EngineEvent, EngineRun } from '../../src/engine/engine.ts';
import type { LogEntry, WorkerSetup } from '../../src/ipc/protocol.ts';
import { refuse } from '../../src/refusal.ts';
import type { Drive } from '../../src/turns/item/drive-item.ts';
import { runItemTurn } from '../../src/turns/item-turn.ts';
import type { ItemWorker } from '../../src/turns/item-worker.ts';
import type { Conversation } from '../../src/turns/talk/follow-engine.ts';
import { createTalk } from '../../src/turns/talk/talk.ts';
import type { Gate } from '../../src/work-items/gate/approval.ts';
import { permit } from '../conformance/connector-world.ts';
import { only } from '../only.ts';
import { base, executing, postedPlan, tileIn } from '../work-items/fixture.ts';
import { createWorld } from '../work-items/ports.ts';
import { engineOf } from './engine.ts';
import { connectionsTo, itemTurn, orderFor, supervisorOf, treeAt } from './turn.ts';

const old = '11111111-2222-3333-8444-555555555555';
const fresh = '99999999-2222-3333-8444-555555555555';
const rows = [{ uuid: 'u1', parentUuid: null, type: 'user', sessionId: old, message: { content: 'plan it' } }];
const nothingSpent = { usd: 0, tokens: { input: 0, cached: 0, output: 0 } };
const missing: EngineEvent[] = [
  { kind: 'ended', outcome: 'error', why: `No conversation found with session ID: ${old}`, ...nothingSpent },
];
const begun: EngineEvent[] = [
  { kind: 'started', engineSessionId: fresh },
  { kind: 'transcript', rows: [{ type: 'user', uuid: 'n1' }] },
  { kind: 'ended', outcome: 'done', text: 'Done.', ...nothingSpent },
];

/** One turn of an approved item whose engine answers with these, try by try; what it was asked, and what became of it. */
async function carryOut(answers: EngineEvent[][], conversation: Conversation | undefined, isThere = true) {
  const runFolder = mkdtempSync(join(tmpdir(), 'turn-'));
  onTestFinished(() => rmSync(runFolder, { recursive: true }));
  const asked: EngineRun[] = [];
  const log: LogEntry[] = [];
  const stored: Conversation[] = [];
  const { calls, supervisor } = supervisorOf({
    record: ({ entries }) => void log.push(...entries),
    transcript: ({ turnId: _, ...news }) => void stored.push(news),
  });
  // A merge that nobody concluded is never kept.
  const merge = { theirs: base, of: 'target' as const, tree: base, conflicts: [], needs: 'engine' as const };
  const tree = treeAt(base, { merge });
  const turn = itemTurn({
    order: orderFor('wi-12', conversation ? { conversation } : {}),
    connections: connectionsTo(createWorld({ tile: tileIn('In Progress') }), {
      repository: { contains: async () => isThere, log: async () => [] },
    }),
    parts: { supervisor, setup: only<WorkerSetup>('setup', { runFolder }) },
    worker: {
      workspace: only<ItemWorker['workspace']>('workspace', {
        ownerUid: undefined,
        prepare: async () => tree,
      }),
    },
    turn: { gate: only<Gate>('gate', { permit: async () => ({ permit: permit('execute', { workItemId: 12 }) }) }) },
  });
  const engine = engineOf(async function* (wanted: EngineRun) {
    asked.push(wanted);
    yield* answers.shift() ?? [];
  });
  const talk = createTalk(turn, { engine, exhausted: () => undefined });
  const drive = only<Drive>('drive', { item: () => executing });
  const end = await runItemTurn(turn, talk, { item: executing, phase: 'executing', drive });
  const counted = calls.filter(([method]) => method === 'engineEnded').length;
  return { end, asked, texts: log.map(({ text }) => text), stored, counted };
}

test('a conversation that fits continues, and its plan is remembered with it', async () => {
  const conversation = { engineSessionId: old, about: postedPlan.hash, rows };
  const again: EngineEvent[] = [{ kind: 'started', engineSessionId: old }, ...begun.slice(1)];
  const { asked, stored } = await carryOut([again], conversation);
  expect(asked.map((turn) => turn.conversation?.engineSessionId)).toEqual([old]);
  const [{ prompt = '', tools = [] } = {}] = asked;
  expect(prompt).not.toContain('You have no memory');
  expect(prompt).toContain('- Tests: none are configured');
  expect(prompt).toContain('- Dependencies: no set-up command is configured');
  expect(prompt).toContain(`\`mcp__jv__${tools[0]?.name}\``);
  expect(stored.at(-1)).toEqual({ engineSessionId: old, about: postedPlan.hash, rows: [] });
});

test('one that the engine does not resume is started again in the same turn, once, and uses no attempt', async () => {
  const conversation = { engineSessionId: old, about: postedPlan.hash, rows };
  const { asked, texts, stored, counted } = await carryOut([missing, begun], conversation);
  expect(asked.map((turn) => turn.conversation?.engineSessionId)).toEqual([old, undefined]);
  expect(asked[1]?.prompt).toMatch(
    /^\[jvagent\] phase=executing work-item=12\n\nYou have no memory.*the engine does not accept it/,
  );
  expect(texts[0]).toContain('could not be continued: the engine does not accept it');
  expect(stored.map(({ engineSessionId }) => engineSessionId)).toEqual([fresh, fresh]);
  expect(counted).toBe(1);
  expect((await carryOut([missing, missing], conversation)).asked).toHaveLength(2);
});

test('one that does not fit is not shown to the engine at all', async () => {
  const conversation = { engineSessionId: old, about: 'f'.repeat(64), rows };
  const { asked, texts } = await carryOut([begun], conversation);
  expect(asked.map((turn) => turn.conversation)).toEqual([undefined]);
  expect(asked[0]?.prompt).toContain('- edit: `src/pointer.js`');
  expect(texts[0]).toContain('it is about another plan');
});

test('work on a commit that is gone ends with the reason, and asks no model', async () => {
  const { end, asked } = await carryOut([begun], undefined, false);
  expect(asked).toEqual([]);
  expect(end).toMatchObject({ event: { kind: 'gave-up', refusal: { refused: 'GATE_BASE' } } });
});

test('a text that is too long for the model is cut and tried once more, in a new conversation', async () => {
  const tooLong: EngineEvent = {
    ...{ kind: 'ended', outcome: 'error', why: 'Prompt is too long', ...nothingSpent },
    fault: { kind: 'too-long', why: 'prompt is too long: 210000 tokens' },
  };
  const conversation = { engineSessionId: old, about: postedPlan.hash, rows };
  const { asked, end } = await carryOut([[tooLong], begun], conversation);
  expect(asked.map((turn) => turn.conversation?.engineSessionId)).toEqual([old, undefined]);
  expect(end).not.toMatchObject({ event: { kind: 'gave-up' } });
  const twice = await carryOut([[tooLong], [tooLong]], undefined);
  expect(twice.asked).toHaveLength(2);
  expect(twice.end).toMatchObject({ event: { kind: 'gave-up', refusal: { why: expect.stringContaining('210000') } } });
});

test('a tree that the gate does not permit to write is not made, and the audit log is told', async () => {
  const told: unknown[] = [];
  const refusal = refuse('GATE_REV', 'work item 12 was approved again meanwhile');
  const turn = itemTurn({
    connections: connectionsTo(createWorld({ tile: tileIn('In Progress') })),
    turn: { gate: only<Gate>('gate', { permit: async () => refusal }), refused: (act) => void told.push(act) },
  });
  const end = await runItemTurn(turn, only('talk'), {
    item: executing,
    phase: 'executing',
    drive: only<Drive>('drive'),
  });
  expect(JSON.stringify(end)).toContain('GATE_REV');
  expect(told).toEqual([{ action: 'write the tree', target: 'wi-12', code: 'GATE_REV' }]);
});

test('an engine that may change files is not started before its permit, and not at all without one', async () => {
  const steps: string[] = [];
  const engine: Engine = {
    start(start) {
      steps.push(start.tree?.writable ? 'writable engine' : 'engine');
      return engineOf(async function* () {
        yield* begun;
      }).start(start);
    },
    run: () => expect.fail('it starts by itself'),
  };
  const runFolder = mkdtempSync(join(tmpdir(), 'turn-'));
  onTestFinished(() => rmSync(runFolder, { recursive: true }));
  const taken = async (granted: boolean) => {
    steps.length = 0;
    const gate = only<Gate>('gate', {
      async permit() {
        steps.push('permit');
        return granted ? { permit: permit('execute', { workItemId: 12 }) } : refuse('GATE_STATE', 'it was moved');
      },
    });
    const { supervisor } = supervisorOf();
    const turn = itemTurn({
      connections: connectionsTo(createWorld({ tile: tileIn('In Progress') }), {
        repository: { contains: async () => true, log: async () => [], readBlobs: async () => [] },
      }),
      parts: { supervisor, setup: only<WorkerSetup>('setup', { runFolder }) },
      worker: {
        workspace: only<ItemWorker['workspace']>('workspace', {
          ownerUid: undefined,
          prepare: async () => treeAt(base),
        }),
      },
      turn: { gate },
    });
    const drive = only<Drive>('drive', { item: () => executing });
    const talk = createTalk(turn, { engine, exhausted: () => undefined });
    await runItemTurn(turn, talk, { item: executing, phase: 'executing', drive });
    return steps;
  };
  expect(await taken(true)).toEqual(['permit', 'writable engine']);
  expect(await taken(false)).toEqual(['permit']);
});
