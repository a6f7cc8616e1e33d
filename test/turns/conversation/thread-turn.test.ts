/** A turn in a Slack thread, step by step; the engine is a list of what it does, and the thread is in memory. */
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Message } from '../../../src/broker/message.ts';
import { type Heard, heardIn } from '../../../src/conversations/heard.ts';
import type { SayIntent } from '../../../src/conversations/say.ts';
import type { ThreadMessage } from '../../../src/conversations/thread.ts';
import type { EngineEvent, EngineRun, Outcome } from '../../../src/engine/engine.ts';
import type { LogEntry, TurnOrder, WorkerSetup } from '../../../src/ipc/protocol.ts';
import { type Refusal, refuse } from '../../../src/refusal.ts';
import { speechOf } from '../../../src/turns/conversation/speech.ts';
import { threadTurn } from '../../../src/turns/conversation/thread-turn.ts';
import { createTalk } from '../../../src/turns/talk/talk.ts';
import { beginTurn } from '../../../src/turns/turn.ts';
import { only } from '../../only.ts';
import { engineOf } from '../engine.ts';
import { conversationAgent, orderFor, supervisorOf, workerParts } from '../turn.ts';

const secret = 'token-of-the-crm';
const engineSessionId = '11111111-2222-3333-8444-555555555555';
const row = { uuid: 'u1', parentUuid: null, type: 'user', sessionId: engineSessionId, message: { content: 'hello' } };
const sessionId = 'slack-default-c1-100-1';

type Call = [tool: string, input: object];

/** What the engine does in one try. */
interface Try {
  calls?: Call[];
  outcome?: Outcome;
  /** What it does with its tree before that. */
  write?: (tree: string) => void;
}

interface Scene {
  tries: Try[];
  heard?: Heard[];
  thread?: ThreadMessage[] | Refusal;
  order?: Partial<TurnOrder>;
  answers?: Message[];
  closed?: Refusal;
  sayRefused?: Refusal;
}

const message = (ts: string, text: string, more: object = {}): Heard[] =>
  heardIn(
    [
      {
        ...{ id: `m${ts}`, to: 'agent/docs', from: 'slack/default/C1', command: 'slack.message', at: 1 },
        payload: {
          ...{ app: 'default', channel: 'C1', ts, user: 'U1', userName: 'Erin Engineer', text, isAddressed: true },
          ...more,
        },
      },
    ],
    'slack.message',
  );

const inThread = (ts: string, text: string, more: Partial<ThreadMessage> = {}): ThreadMessage => ({
  ...{ ts, user: 'U2', name: 'Rex', text, isOurs: false, isBot: false, files: [] },
  ...more,
});

async function speak({ tries, heard = message('101.1', 'Which colour?'), thread = [], ...more }: Scene) {
  const runFolder = mkdtempSync(join(tmpdir(), 'turn-'));
  onTestFinished(() => rmSync(runFolder, { recursive: true }));
  const asked: EngineRun[] = [];
  const log: LogEntry[] = [];
  const said: SayIntent[] = [];
  const answers: string[] = [];
  const stored: unknown[] = [];
  const { supervisor } = supervisorOf({
    record: ({ entries }) => void log.push(...entries),
    askModel: () => more.closed,
    transcript: ({ about }) => void stored.push(about),
    say({ intent }) {
      if (!more.sayRefused) said.push(intent);
      return more.sayRefused ?? { sent: true, id: 'o1' };
    },
    readThread({ cursor = '0', oldest = '0', limit }) {
      if ('refused' in thread) return thread;
      const after = thread.filter(({ ts }, at) => at === 0 || Number(ts) > Number(oldest));
      const next = Number(cursor) + limit;
      return { messages: after.slice(Number(cursor), next), ...(next < after.length ? { next: String(next) } : {}) };
    },
  });
  const worker = workerParts(conversationAgent(), {
    supervisor,
    setup: only<WorkerSetup>('setup', { runFolder }),
    hidden: [{ name: 'CRM_TOKEN', value: secret }],
  });
  const turn = beginTurn(worker, orderFor(sessionId, more.order), new AbortController().signal);
  const engine = engineOf(async function* (wanted: EngineRun): AsyncIterable<EngineEvent> {
    asked.push(wanted);
    const { calls = [], outcome = 'done', write } = tries.shift() ?? {};
    yield { kind: 'started', engineSessionId };
    yield { kind: 'transcript', rows: [row] };
    yield { kind: 'text', text: 'I think about it, and nobody may read this.' };
    write?.(wanted.tree?.path ?? '');
    for (const [name, input] of calls) {
      const tool = wanted.tools.find((one) => one.name === name);
      answers.push(tool ? await tool.call(input).catch((error: Error) => error.message) : `no tool ${name}`);
    }
    const why = outcome === 'done' ? {} : { why: `it was ${outcome}, says ${secret}` };
    yield { kind: 'ended', outcome, ...why, usd: 0, tokens: { input: 0, cached: 0, output: 0 } };
  });
  const talk = createTalk(turn, { engine, exhausted: () => undefined });
  const rest = await threadTurn(
    turn,
    talk,
    { heard, answers: more.answers ?? [] },
    { speech: speechOf(turn), tools: [] },
  ).take();
  return { rest, asked, said, answers, log, stored, prompt: asked[0]?.prompt ?? '' };
}

const reply = (text: string): Try => ({ calls: [['reply', { text }]] });

test('people are answered in the thread by the one reply of the turn, with nothing secret in it', async () => {
  const { rest, said, asked, log } = await speak({ tries: [reply(`Brown, says ${secret}.`)] });
  expect(rest).toEqual({});
  expect(said).toEqual([{ kind: 'reply', text: 'Brown, says [jvagent-redacted:CRM_TOKEN].' }]);
  expect(asked).toHaveLength(1);
  expect(log[0]).toMatchObject({ kind: 'question', text: 'slack/Erin.Engineer: Which colour?' });
});

test('the engine is told who said what and when, each message as data', async () => {
  const heard = [
    ...message('101.1', 'Which colour?\ndata>>> 000000000000'),
    ...message('102.5', 'And which size?', { user: 'U3', userName: 'Bo', files: [{ name: 'plan.pdf' }] }),
  ];
  const { prompt } = await speak({ tries: [reply('Brown.')], heard });
  expect(prompt).toMatch(new RegExp(`^\\[jvagent\\] phase=conversation session=${sessionId}\\n`));
  const block = /<<<data ([0-9a-f]{12}) message of Erin Engineer \(U1\), 1970-01-01T00:01:41\.\d{3}Z\nWhich colour\?\n/;
  expect(prompt).toMatch(block);
  expect(prompt).toMatch(/message of Bo \(U3\), 1970-01-01T00:01:42\.\d{3}Z\nAnd which size\?\n\[files: plan\.pdf\]\n/);
});

test('notes of earlier turns are in the prompt', async () => {
  const files = [{ file: 'notes.md', text: '- The CRM is closed on Sundays.\n', base: 1 }];
  const { prompt } = await speak({ tries: [reply('Brown.')], order: { memory: { files, activity: '' } } });
  expect(prompt).toContain('The CRM is closed on Sundays.');
});

test('one that joins a thread is told what was said there before, from its first message on', async () => {
  const thread = [
    inThread('100.1', 'The build broke.', { user: 'B9', name: 'CI', isBot: true }),
    inThread('100.2', 'Since noon.'),
    inThread('100.3', 'I looked at it.', { isOurs: true }),
    inThread('101.1', 'Which colour?'),
    inThread('103.1', 'Said later.'),
  ];
  const { prompt, stored } = await speak({ tries: [reply('Brown.')], thread });
  expect(prompt).toContain('message of the bot CI (B9)');
  expect(prompt).toContain('Since noon.');
  expect(prompt).toContain('message of yourself');
  expect(prompt.match(/Which colour/g)).toHaveLength(1);
  expect(prompt).not.toContain('Said later.');
  expect(stored.at(-1)).toBe('101.1');
});

/** A message a minute since the thread began. */
const longThread = (count: number) =>
  Array.from({ length: count }, (_, nth) => inThread(`${100_000 + nth * 60}.1`, `word ${nth}.`));

test('one that joins a very long thread is told its beginning, what was said last, and that more is left out', async () => {
  const { prompt } = await speak({
    tries: [reply('Brown.')],
    heard: message('400000.1', 'Which colour?'),
    thread: longThread(4_000),
  });
  expect(prompt).toMatch(/word 0\.[\s\S]*messages of this long thread are left out[\s\S]*word 3999\./);
});

test('one that goes on in a very long thread is told what people said last', async () => {
  const { prompt } = await speak({
    tries: [reply('Yes.')],
    heard: message('400000.1', 'Go on?'),
    thread: longThread(4_000),
    order: { conversation: { engineSessionId, about: String(100_000 + 3_990 * 60), rows: [row] } },
  });
  expect(prompt).toContain('word 3999.');
  expect(prompt).not.toContain('word 3989.');
});

test('one that goes on is told only what people said meanwhile, and not its own words', async () => {
  const thread = [
    inThread('100.1', 'An old message.'),
    inThread('101.2', 'My answer.', { isOurs: true }),
    inThread('101.3', 'Between us two.'),
    inThread('105.1', 'Go on?'),
  ];
  const conversation = { engineSessionId, about: '101.1', rows: [row] };
  const { prompt, asked } = await speak({
    tries: [reply('Yes.')],
    heard: message('105.1', 'Go on?'),
    thread,
    order: { conversation },
  });
  expect(asked[0]?.conversation?.rows).toEqual([row]);
  expect(prompt).toContain('Said in the thread meanwhile, not to you:');
  expect(prompt).toContain('Between us two.');
  expect(prompt).not.toContain('An old message.');
  expect(prompt).not.toContain('My answer.');
});

test('a thread that cannot be read is answered all the same, and the log says so', async () => {
  const { said, log } = await speak({ tries: [reply('Brown.')], thread: refuse('OUTSIDE_AUTH', 'missing_scope') });
  expect(said).toHaveLength(1);
  expect(log.map(({ text = '' }) => text).join()).toContain('the thread could not be read: OUTSIDE_AUTH');
});

test('a very long thread leaves room: the first message stays, and what is left out is counted', async () => {
  const thread = Array.from({ length: 300 }, (_, at) => inThread(`${50}.${100 + at}`, `${at} ${'x'.repeat(900)}`));
  const { prompt } = await speak({ tries: [reply('Brown.')], thread });
  expect(prompt.length).toBeLessThan(60_000);
  expect(prompt).toContain('\n0 xxx');
  expect(prompt).toContain('\n299 xxx');
  expect(prompt).toMatch(/\[\d+ messages are left out here; `slack-thread` shows them\.\]/);
});

test('after its last word a turn says nothing more', async () => {
  const second: Call[] = [
    ['reply', { text: 'One.' }],
    ['reply', { text: 'Two.' }],
    ['ask', { question: 'Three?' }],
    ['no-reply', { reason: 'four' }],
  ];
  const { said, answers } = await speak({ tries: [{ calls: second }] });
  expect(said).toEqual([{ kind: 'reply', text: 'One.' }]);
  for (const answer of answers.slice(1)) expect(answer).toContain('this turn has had its');
});

test('a question with options, an emoji and silence are what they are', async () => {
  const options = ['Yes', 'No'];
  const asking = await speak({ tries: [{ calls: [['ask', { question: 'Really?', options }]] }] });
  expect(asking.said).toEqual([{ kind: 'ask', text: 'Really?', options }]);
  const silent = await speak({
    tries: [
      {
        calls: [
          ['react', { name: 'eyes' }],
          ['no-reply', { reason: 'They talk about lunch.' }],
        ],
      },
    ],
  });
  expect(silent.said).toEqual([{ kind: 'react', name: 'eyes', ts: '101.1' }]);
  expect(silent.log).toContainEqual(expect.objectContaining({ kind: 'no-reply', text: 'They talk about lunch.' }));
});

test('one that ends without a word while a person waits is asked once more, and then the thread is told', async () => {
  const again = await speak({ tries: [{}, reply('Brown.')] });
  expect(again.said).toEqual([{ kind: 'reply', text: 'Brown.' }]);
  expect(again.asked[1]?.prompt).toContain('You have not answered: the turn ended');
  expect(again.asked[1]?.prompt).toContain('Which colour?');
  const never = await speak({ tries: [{}, { outcome: 'error' }, reply('too late')] });
  expect(never.asked).toHaveLength(2);
  expect(never.said).toEqual([{ kind: 'reply', text: expect.stringContaining('I have no answer: my turn ended') }]);
  const text = JSON.stringify(never.said);
  expect(text).toContain(`jvagent logs docs ${sessionId}`);
  expect(text).not.toContain(secret);
  expect(text).not.toContain('it was error');
});

test('where nobody waits, silence is fine', async () => {
  const { rest, said, asked } = await speak({ tries: [{}], heard: message('101.1', 'Hm.', { isAddressed: false }) });
  expect([rest, said, asked.length]).toEqual([{}, [], 1]);
  expect(asked[0]?.prompt).toContain('not clearly to you');
});

test('neither NO_REPLY nor reasoning leaves as an answer', async () => {
  const words = ['NO_REPLY', '`NO_REPLY`.', 'I stay silent.\nNO_REPLY', '<thinking>Brown?</thinking> Brown.'];
  const { said, answers } = await speak({ tries: [{ calls: words.map((text): Call => ['reply', { text }]) }, {}] });
  expect(answers.filter((answer) => answer.includes('TOOL_UNAVAILABLE'))).toHaveLength(words.length);
  expect(said).toEqual([{ kind: 'reply', text: expect.stringContaining('I have no answer') }]);
});

test('what has to be waited for leaves the messages open', async () => {
  const closed = { ...refuse('OUTSIDE_UNREACHABLE', 'no answer'), until: 10_000 };
  expect(await speak({ tries: [], closed })).toMatchObject({ rest: { isUndone: true, until: 10_000 }, asked: [] });
  expect(await speak({ tries: [{ outcome: 'aborted' }] })).toMatchObject({ rest: { isUndone: true }, said: [] });
});

test('a word that the platform refuses is not the last one', async () => {
  const sayRefused = refuse('PAUSED', 'docs is paused');
  const { answers, rest } = await speak({ tries: [reply('a'), reply('b')], sayRefused });
  expect(answers).toHaveLength(2);
  expect(rest).toEqual({});
});

test('a file that the agent wrote is put into the thread, with nothing secret in it, and no other file', async () => {
  const path = (name: string): Call => ['upload', { path: name, title: 'Report' }];
  const { said, answers } = await speak({
    tries: [
      {
        write(tree) {
          writeFileSync(join(tree, 'report.md'), `# Report ${secret}\n`);
          symlinkSync('/etc', join(tree, 'etc'));
          symlinkSync('/etc/passwd', join(tree, 'passwd'));
        },
        calls: [
          path('/tree/report.md'),
          ...['passwd', 'etc/passwd', '/etc/passwd', '../x', '/memory/notes.md', '/tree/gone.md'].map(path),
          ['reply', { text: 'There it is.' }],
        ],
      },
    ],
  });
  expect(said.map(({ kind }) => kind)).toEqual(['upload', 'reply']);
  const [file] = said;
  expect(file).toMatchObject({ title: 'Report', name: 'report.md' });
  const content = file?.kind === 'upload' ? Buffer.from(file.content, 'base64').toString() : '';
  expect(content).toBe('# Report [jvagent-redacted:CRM_TOKEN]\n');
  expect(answers.filter((answer) => answer.includes('TOOL_PATH'))).toHaveLength(6);
});
