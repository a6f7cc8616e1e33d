/** The engine of a conversation while its turn does other things: the real CLI in the real sandbox, with a scripted model. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createAnthropic } from '../../emulators/anthropic/anthropic.ts';
import { systemClock } from '../../src/base/clock.ts';
import { listen } from '../../src/base/http.ts';
import type { Message } from '../../src/broker/message.ts';
import type { Networks } from '../../src/connections/networks.ts';
import type { WorkerSetup } from '../../src/ipc/protocol.ts';
import { refuse } from '../../src/refusal.ts';
import { noNetwork } from '../../src/sandbox/network.ts';
import { createSandbox } from '../../src/sandbox/sandbox.ts';
import { questionTurns } from '../../src/turns/take-order.ts';
import { enginesRunning } from '../engine/processes.ts';
import { only } from '../only.ts';
import { direct } from '../outbound/direct.ts';
import { conversationAgent, orderFor, supervisorOf, workerParts } from './turn.ts';

vi.setConfig({ testTimeout: 30_000 });

const heartbeat: Message = {
  ...{ id: 'b1', to: 'agent/docs', from: 'platform/heartbeat', command: 'heartbeat', payload: {}, at: 1 },
};
const overheard: Message = {
  ...{ id: 'm1', to: 'agent/docs', from: 'slack/default/C1', command: 'slack.ambient', at: 1 },
  payload: { app: 'default', channel: 'C1', ts: '2.1', user: 'U1', userName: 'Erin', text: 'Lunch?' },
};
const question: Message = {
  ...{ id: 'q1', to: 'agent/docs', from: 'person/eve', command: 'ask', payload: { text: 'Which colour?' }, at: 1 },
};

const script = {
  scenes: [
    {
      when: { prompt: 'phase=triage' },
      replies: [[{ text: '[{"id": 1, "decision": "ignore", "reason": "chatter"}]' }]],
    },
    { replies: [[{ text: 'Done.' }]] },
  ],
};

interface Scene {
  batch: Message[];
  /** Called before the model answers to a request. */
  beforeAnswer?: (nth: number) => Promise<void>;
  askModel?: () => Promise<unknown>;
}

/** A turn of an agent that reads along in a channel and has rounds to make. */
async function take({ batch, beforeAnswer = async () => {}, askModel = async () => undefined }: Scene) {
  const runFolder = mkdtempSync(join(tmpdir(), 'e-'));
  onTestFinished(() => rmSync(runFolder, { recursive: true, force: true }));
  const model = createAnthropic({ script });
  let asked = 0;
  const listener = await listen(async (request) => {
    await beforeAnswer(asked++);
    return model.handler(request);
  });
  onTestFinished(() => listener.close());
  const { calls, supervisor } = supervisorOf({ askModel });
  const agent = conversationAgent({ prompts: { 'docs/triage.md': 'Outages.', 'docs/heartbeat.md': 'Look around.' } });
  const worker = workerParts(agent, {
    supervisor,
    setup: only<WorkerSetup>('setup', { runFolder, modelUrl: listener.url, modelKey: 'sk-real' }),
    secrets: { hidden: [], ofEngine: {}, modelKey: 'sk-real' },
    sandbox: createSandbox({ sandboxUid: 20001, processesMax: 256, memoryMb: 2_048 }),
    networks: only<Networks>('networks', { engine: async () => noNetwork }),
    outbound: direct,
    clock: systemClock,
  });
  const abort = new AbortController();
  const rest = questionTurns(worker)(orderFor('main', { batch }), { abort });
  return { rest, abort, calls, runFolder, asked: () => asked };
}

const areUp = (count: number) =>
  expect.poll(() => enginesRunning().length, { timeout: 15_000, interval: 10 }).toBe(count);

test('the engine of the rounds runs before triage has answered, and makes them afterwards', async () => {
  const { rest, runFolder, asked } = await take({
    batch: [overheard, heartbeat],
    // One for triage, and the one that waits.
    beforeAnswer: async (nth) => (nth === 0 ? areUp(2) : undefined),
  });
  expect(await rest).toEqual({});
  expect(asked()).toBe(2);
  expect(enginesRunning()).toEqual([]);
  expect(readdirSync(runFolder)).toEqual([]);
});

test('what triage leaves alone has no engine but its own', async () => {
  let most = 0;
  const { rest, asked } = await take({
    batch: [overheard],
    beforeAnswer: async () => {
      most = enginesRunning().length;
    },
  });
  expect(await rest).toEqual({});
  expect([asked(), most, enginesRunning().length]).toEqual([1, 1, 0]);
});

test('an engine that is not used, since the model cannot be asked now, is gone before the turn rests', async () => {
  const until = Date.now() + 60_000;
  const closed = { ...refuse('OUTSIDE_LIMITED', 'overloaded'), until };
  const { rest, runFolder, asked } = await take({
    batch: [question],
    askModel: async () => {
      await areUp(1);
      return closed;
    },
  });
  expect(await rest).toMatchObject({ until, isUndone: true });
  expect([asked(), enginesRunning(), readdirSync(runFolder)]).toEqual([0, [], []]);
});

test('a pause ends the engine that waits', async () => {
  const answer = Promise.withResolvers<void>();
  const { rest, abort, runFolder } = await take({
    batch: [overheard, heartbeat],
    beforeAnswer: () => answer.promise,
  });
  await areUp(2);
  abort.abort();
  answer.resolve();
  await rest;
  expect([enginesRunning(), readdirSync(runFolder)]).toEqual([[], []]);
});

test('a turn that breaks, as one that lost its session does, leaves no engine', async () => {
  const { rest, runFolder } = await take({
    batch: [question],
    askModel: async () => {
      await areUp(1);
      throw new Error('the turn lost its session');
    },
  });
  await expect(rest).rejects.toThrow('lost its session');
  expect([enginesRunning(), readdirSync(runFolder)]).toEqual([[], []]);
});
