/** A question's turn, step by step; the engine is a list of what it does, the supervisor answers as told. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../src/broker/message.ts';
import type { EngineEvent, EngineRun, Outcome, TurnFault } from '../../src/engine/engine.ts';
import type { LogEntry, TurnOrder, WorkerSetup } from '../../src/ipc/protocol.ts';
import { limits } from '../../src/limits.ts';
import { type Refusal, refuse } from '../../src/refusal.ts';
import { answerQuestion } from '../../src/turns/conversation-turn.ts';
import { createTalk } from '../../src/turns/talk/talk.ts';
import { beginTurn } from '../../src/turns/turn.ts';
import { only } from '../only.ts';
import { engineOf } from './engine.ts';
import { conversationAgent, orderFor, supervisorOf, workerParts } from './turn.ts';

const secret = 'token-of-the-crm';
const conversation = '11111111-2222-3333-8444-555555555555';
const now = Date.UTC(2026, 10, 20, 12);

const firstRow = { uuid: 'u1', parentUuid: null, type: 'user', sessionId: conversation, message: { content: 'hello' } };

/** What the engine does in one try: the tools that it calls, and how it ends. */
interface Try {
  calls?: [tool: 'reply' | 'no-reply', input: object][];
  outcome?: Outcome;
  fault?: TurnFault;
}

interface Scene {
  tries: Try[];
  payload?: object;
  order?: Partial<TurnOrder>;
  exhausted?: Refusal;
  /** What the supervisor says of the model's provider. */
  closed?: Refusal;
  failed?: Refusal;
}

async function answer({ tries, payload = { text: 'Which colour?' }, order = {}, ...more }: Scene) {
  const runFolder = mkdtempSync(join(tmpdir(), 'turn-'));
  onTestFinished(() => rmSync(runFolder, { recursive: true }));
  const asked: EngineRun[] = [];
  const log: LogEntry[] = [];
  const answers: unknown[] = [];
  const { supervisor } = supervisorOf({
    record: ({ entries }) => void log.push(...entries),
    askModel: () => more.closed,
    modelFailed: () => more.failed,
    answer: ({ questionId, answer: given }) => {
      if (answers.length > 0) return refuse('ADDRESS_DENIED', 'this question was answered before');
      answers.push({ questionId, ...given });
      return {};
    },
  });
  const worker = workerParts(conversationAgent(), {
    supervisor,
    setup: only<WorkerSetup>('setup', { runFolder }),
    hidden: [{ name: 'CRM_TOKEN', value: secret }],
    clock: { now: () => now, sleep: async () => {} },
  });
  const turn = beginTurn(worker, orderFor('main', order), new AbortController().signal);
  const engine = engineOf(async function* (wanted: EngineRun): AsyncIterable<EngineEvent> {
    asked.push(wanted);
    const { calls = [], outcome = 'done', fault } = tries.shift() ?? {};
    yield { kind: 'started', engineSessionId: conversation };
    yield { kind: 'transcript', rows: [firstRow] };
    for (const [name, input] of calls) await wanted.tools.find((tool) => tool.name === name)?.call(input);
    const why = outcome === 'done' ? {} : { why: `it was ${outcome}` };
    const spent = { usd: 0, tokens: { input: 0, cached: 0, output: 0 } };
    yield { kind: 'ended', outcome, ...why, ...(fault ? { fault } : {}), ...spent };
  });
  const question: Message = {
    ...{ id: 'q1', to: 'agent/docs', from: 'person/eve', command: 'ask' },
    ...{ payload: { ...payload }, at: 1 },
  };
  const rest = await answerQuestion(turn, createTalk(turn, { engine, exhausted: () => more.exhausted }), question);
  return { rest, asked, answers, kinds: log.map(({ kind }) => kind), log };
}

const reply = (text: string): Try => ({ calls: [['reply', { text }]] });
const failed = (refused: string, why = expect.any(String)) => [
  { questionId: 'q1', command: 'ask.failed', payload: expect.objectContaining({ refused, why }) },
];

test('the answer is given in plain words, with nothing secret in it, and the turn is over', async () => {
  const { rest, asked, answers, kinds } = await answer({ tries: [reply(`Brown, says ${secret}.`)] });
  expect(rest).toEqual({});
  const text = 'Brown, says [jvagent-redacted:CRM_TOKEN].';
  expect(answers).toEqual([{ questionId: 'q1', command: 'reply', payload: { text } }]);
  expect(asked).toHaveLength(1);
  expect(asked[0]?.tree).toBeUndefined();
  expect(asked[0]?.tools.map(({ name }) => name)).toEqual(['reply', 'no-reply', 'send-message', 'grep-logs']);
  expect(kinds).toEqual(['question', 'turn-ended']);
});

test('a second answer is refused, and the first one remains', async () => {
  const { rest, answers, kinds } = await answer({
    tries: [
      {
        calls: [
          ['reply', { text: 'a' }],
          ['no-reply', { reason: 'b' }],
        ],
      },
    ],
  });
  expect([rest, answers.length]).toEqual([{}, 1]);
  expect(kinds).toContain('refused');
});

test('one that ends without an answer is asked once more in the same conversation, with a hint', async () => {
  const { asked, answers } = await answer({ tries: [{}, reply('Brown.')] });
  expect(answers).toHaveLength(1);
  expect(asked[1]?.conversation?.engineSessionId).toBe(conversation);
  expect(asked[1]?.prompt).toMatch(
    /^\[jvagent\] phase=conversation session=main\n\nYou have not answered: the turn ended/,
  );
  expect(asked[1]?.prompt).toContain('Which colour?');
});

test('after the second time the sender is told', async () => {
  const silent = await answer({ tries: [{}, {}, reply('too late')] });
  expect([silent.rest, silent.asked.length]).toEqual([{}, 2]);
  expect(silent.answers).toEqual(failed('ATTEMPTS', expect.stringContaining('ended its turn twice without an answer')));
  const broken = await answer({ tries: [{ outcome: 'error' }, { outcome: 'error' }] });
  expect(broken.answers).toEqual(failed('ATTEMPTS', expect.stringContaining('the engine stopped: it was error')));
});

test('a failure that another try would not change is reported at once', async () => {
  const fault = (given: TurnFault): Try => ({ outcome: 'error', fault: given });
  const refusal = refuse('MODEL_REFUSED', 'the model may not see that');
  const cases: [Scene, string][] = [
    [{ tries: [{ outcome: 'timed-out' }] }, 'TURN_TIME'],
    [{ tries: [{ outcome: 'stalled' }] }, 'STALLED'],
    [{ tries: [{ outcome: 'budget' }], exhausted: refuse('BUDGET_TURN', 'spent') }, 'BUDGET_TURN'],
    [{ tries: [fault({ kind: 'refused', refusal })] }, 'MODEL_REFUSED'],
    [
      { tries: [fault({ kind: 'too-long', why: '300000 tokens' }), fault({ kind: 'too-long', why: '300000 tokens' })] },
      'MODEL_REFUSED',
    ],
    [{ tries: [], payload: { text: ' ' } }, 'CONFIG_INVALID'],
  ];
  for (const [scene, code] of cases) {
    const { rest, answers } = await answer(scene);
    expect(rest, code).toEqual({});
    expect(answers, code).toEqual(failed(code));
  }
});

test('what has to be waited for leaves the question open, with the reason and the time', async () => {
  const provider = refuse('OUTSIDE_UNREACHABLE', 'no answer');
  const until = now + 10_000;
  const waiting = { tries: [{ outcome: 'error' as const, fault: { kind: 'provider' as const, refusal: provider } }] };
  const outage = await answer({ ...waiting, failed: { ...provider, until } });
  expect(outage).toMatchObject({
    answers: [],
    rest: { isUndone: true, until, why: { ...provider, until } },
  });
  const closed = await answer({ tries: [], closed: { ...provider, until } });
  expect(closed).toMatchObject({ asked: [], answers: [], rest: { isUndone: true, until } });
  const spent = await answer({ tries: [{ outcome: 'budget' }], exhausted: refuse('BUDGET_DAY', 'spent') });
  const midnight = Date.UTC(2026, 10, 21);
  expect(spent).toMatchObject({
    answers: [],
    rest: { isUndone: true, until: now + 3_600_000, why: { until: midnight } },
  });
  const aside = { ...refuse('BUDGET_DAY', 'others hold it'), until: now + 5_000 };
  expect(await answer({ tries: [{ outcome: 'budget' }], exhausted: aside })).toMatchObject({
    answers: [],
    rest: { isUndone: true, until: now + 60_000, why: { ...aside, until: now + 60_000 } },
  });
  const stopped = await answer({ tries: [{ outcome: 'aborted' }] });
  expect(stopped).toMatchObject({ answers: [], rest: { isUndone: true, until: now } });
});

test('one that answered before it was stopped has answered', async () => {
  const { rest, answers } = await answer({ tries: [{ ...reply('Brown.'), outcome: 'aborted' }] });
  expect([rest, answers.length]).toEqual([{}, 1]);
});

test('a question that is too long is cut, and a conversation that is too long starts again', async () => {
  const tooLong: Try = { outcome: 'error', fault: { kind: 'too-long', why: 'too long' } };
  const text = 'x'.repeat(limits.promptCharsCut + 1_000);
  const { asked, answers } = await answer({ tries: [tooLong, reply('Brown.')], payload: { text } });
  expect(answers).toHaveLength(1);
  expect(asked[0]?.prompt).toContain(text);
  expect(asked[1]?.prompt).toContain('1000 more characters are left out');
});

test('a whole stored conversation continues, and a damaged one starts again', async () => {
  const rows = [firstRow];
  const whole = await answer({ tries: [reply('a')], order: { conversation: { engineSessionId: conversation, rows } } });
  expect(whole.asked[0]?.conversation?.rows).toEqual(rows);
  const damaged = await answer({
    tries: [reply('a')],
    order: { conversation: { engineSessionId: conversation, rows: [] } },
  });
  expect(damaged.asked[0]?.conversation).toBeUndefined();
  expect(damaged.log[1]?.text).toContain(
    'could not be continued: none of its messages is stored. A new one is started.',
  );
});
