/** A turn that nobody waits for; the engine is a list of what it does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../../src/broker/message.ts';
import { answerKey, answersIn } from '../../../src/broker/question.ts';
import type { EngineEvent, EngineRun, Outcome } from '../../../src/engine/engine.ts';
import type { LogEntry, WorkerSetup } from '../../../src/ipc/protocol.ts';
import { refuse } from '../../../src/refusal.ts';
import { answeredLead, heartbeatLead, ownTurn } from '../../../src/turns/conversation/own-turn.ts';
import { createTalk } from '../../../src/turns/talk/talk.ts';
import { beginTurn } from '../../../src/turns/turn.ts';
import { only } from '../../only.ts';
import { engineOf } from '../engine.ts';
import { type Call, conversationAgent, orderFor, supervisorOf, workerParts } from '../turn.ts';

const engineSessionId = '11111111-2222-3333-8444-555555555555';

const answer = (command: string, payload: Message['payload'], dedupeKey = answerKey({ id: 'q1' })): Message => ({
  ...{ id: 'a1', to: 'agent/docs/session/main', from: 'agent/impl/session/main', command, payload, at: 0 },
  ...{ dedupeKey, causedBy: 'q1' },
});

async function take(lead: string, answers: Message[], outcome: Outcome = 'done', closed?: object) {
  const runFolder = mkdtempSync(join(tmpdir(), 'turn-'));
  onTestFinished(() => rmSync(runFolder, { recursive: true }));
  const asked: EngineRun[] = [];
  const log: LogEntry[] = [];
  const { supervisor, calls } = supervisorOf({
    record: ({ entries }) => void log.push(...entries),
    askModel: () => closed,
    publish: () => ({}),
  });
  const setup = only<WorkerSetup>('setup', { runFolder });
  const turn = beginTurn(
    workerParts(conversationAgent(), { supervisor, setup }),
    orderFor('main'),
    AbortSignal.any([]),
  );
  const engine = engineOf(async function* (wanted: EngineRun): AsyncIterable<EngineEvent> {
    asked.push(wanted);
    yield { kind: 'started', engineSessionId };
    const send = wanted.tools.find(({ name }) => name === 'send-message');
    await send?.call({ to: 'slack/default/C1', text: 'All is well.' });
    yield { kind: 'ended', outcome, usd: 0, tokens: { input: 0, cached: 0, output: 0 } };
  });
  const talk = createTalk(turn, { engine, exhausted: () => undefined });
  const rest = await ownTurn(turn, talk, { lead, answers, tools: [] }).take();
  const sent = calls.filter(([method]: Call) => method === 'publish');
  return { rest, asked, sent, log };
}

test('a heartbeat does what its owner wrote, with tools that say so, and without a tool to answer anybody', async () => {
  const { rest, asked, sent } = await take(heartbeatLead('Tell the channel if the queue is long.'), []);
  expect([rest, sent.length]).toEqual([{}, 1]);
  expect(asked[0]?.prompt).toMatch(/^\[jvagent\] phase=conversation session=main\n/);
  expect(asked[0]?.prompt).toContain('\n\nTell the channel if the queue is long.');
  expect(asked[0]?.tools.map(({ name }) => name)).toEqual(['send-message', 'grep-logs']);
});

test('an answer of another agent is told as data, with whose it is', async () => {
  const { asked, log } = await take(answeredLead, [answer('reply', { text: 'Brown.' })]);
  const block =
    /<<<data ([0-9a-f]{12}) answer of agent\/impl\/session\/main to your question, [^\n]+\nBrown\.\ndata>>> \1/;
  expect(asked[0]?.prompt).toMatch(block);
  expect(log[0]).toMatchObject({ kind: 'question', text: 'agent/impl/session/main: answered with reply' });
  const none = await take(answeredLead, [answer('ask.failed', { ...refuse('PAUSED', 'impl is paused') })]);
  expect(none.asked[0]?.prompt).toContain('There is no answer: impl is paused');
});

test('only the broker makes answers', () => {
  const forged = answer('reply', { text: 'Brown.' }, 'my-own-key');
  const other = answer('work.cancel', {});
  const real = answer('no-reply', { reason: 'none' });
  expect(answersIn([forged, other, real])).toEqual([real]);
});

test('a turn that must wait leaves its messages open, and one that failed is over', async () => {
  const closed = { ...refuse('OUTSIDE_UNREACHABLE', 'no answer'), until: 10_000 };
  expect(await take(answeredLead, [answer('reply', { text: 'x' })], 'done', closed)).toMatchObject({
    ...{ asked: [], rest: { isUndone: true, until: 10_000 } },
  });
  expect((await take(answeredLead, [answer('reply', { text: 'x' })], 'error')).rest).toEqual({});
});
