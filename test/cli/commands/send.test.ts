/** What `send` says before it sends, and while it waits for an answer. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { createAgentStore } from '../../../src/agents/agent-store.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { type Answer, failedAnswer } from '../../../src/broker/question.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { runCommandLine } from '../../../src/cli/program.ts';
import { refuse } from '../../../src/refusal.ts';
import { openStore } from '../../../src/store/database/database.ts';
import { holdSupervisorLock } from '../../../src/store/database/sqlite.ts';
import { brokerOver } from '../../../src/supervisor/supervisor.ts';
import { createCliWorkspace } from '../fixture.ts';

const question = '{"text": "Which colour?"}';
const ask = (asked: string) => ['send', 'agent/docs', 'ask', asked, '--wait'];
const asking = ask(question);
const main = { agentId: 'docs' as AgentId, sessionId: 'main' as SessionId };

function workspace() {
  const made = createCliWorkspace({ 'docs/jvAgent.json': { id: 'docs', sessionMapper: 'work-item' } });
  return { ...made, sent: () => made.fill((store) => store.messages.unrouted(10)) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await systemClock.sleep(20);
}

/** A question that is waited for, at a node that does with it what the test says. */
async function waiting({ asked = question, flags = [] as string[] } = {}) {
  const { root, fill } = workspace();
  await fill(async () => {});
  const state = join(root, '.jvagent/state');
  const lock = holdSupervisorLock(state);
  onTestFinished(() => lock?.release());
  const said = { out: '', err: '' };
  const ended = runCommandLine(['--root', root, ...ask(asked), ...flags], {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
  });
  // Two connections of one process would wait for each other for ever if both wrote.
  await until(() => said.err.includes('Asked agent/docs'));
  const store = await openStore({ folder: state, clock: systemClock });
  onTestFinished(() => store.close());
  const broker = brokerOver(store, createAgentStore({ root, home: root }), systemClock);
  const [message] = await store.messages.unrouted(1);
  if (!message) throw new Error('nothing was asked');
  return {
    said,
    store,
    stopNode: () => lock?.release(),
    ended,
    route: () => broker.route(),
    told: (text: string) => until(() => said.err.includes(text)),
    async answer(given: Answer) {
      await broker.route();
      await broker.answer(message, given, { kind: 'agent', ...main });
      return { code: await ended, ...said };
    },
  };
}

const brown: Answer = { command: 'reply', payload: { text: 'Brown.\u001b[2J' } };

test('if no platform runs, waiting is refused at once, and nothing is sent', async () => {
  const { run, sent } = workspace();
  const { code, out, err } = await run(...asking);
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('Nothing was sent: the platform is not running, so nobody would answer. Run `jvagent start`.');
  expect(await sent()).toEqual([]);
  expect((await run(...asking.slice(0, -1))).code).toBe(0);
  expect(await sent()).toHaveLength(1);
});

test('only a question can be waited for, and only an agent that answers can be asked', async () => {
  const { run, sent } = workspace();
  expect((await run('send', 'agent/docs', 'hello', '--wait')).code).toBe(2);
  const fails = async (...args: string[]) => {
    const { code, err } = await run('send', ...args);
    return code === 1 ? err : `it ended with ${code}`;
  };
  expect(await fails('agent/codechange/acme', 'ask', question)).toContain('does not answer questions');
  expect(await fails('agent/nobody', 'ask', question)).toContain('there is no agent nobody in this workspace');
  expect(await fails('agent/docs', 'ask', '{"text": " "}')).toContain('the question has no text');
  expect(await fails('agent/docs', 'ask')).toContain('the question has no text');
  expect(await fails('slack/T1/C1', 'ask', question)).toContain('only an agent can be asked');
  expect(await sent()).toEqual([]);
});

test('only the answer goes to stdout, or one document', async () => {
  const plain = await waiting();
  expect(await plain.answer(brown)).toMatchObject({ code: 0, out: 'Brown.\n' });
  const json = await waiting({ flags: ['--json'] });
  const { code, out } = await json.answer(brown);
  expect([code, JSON.parse(out)]).toMatchObject([0, { command: 'reply', payload: { text: 'Brown.\u001b[2J' } }]);
});

test('without an answer, the reason goes to stderr with code and fix', async () => {
  const { answer } = await waiting();
  const { code, out, err } = await answer(failedAnswer(refuse('TURN_TIME', 'it took too long', 'Ask for less.')));
  expect([code, out]).toEqual([1, '']);
  expect(err).toContain('TURN_TIME: it took too long\nAsk for less.\n');
});

test('a question without a session ends with the reason', async () => {
  const { ended, route, said } = await waiting({ asked: '{"text": "Which colour?", "workItemId": "abc"}' });
  await route();
  expect(await ended).toBe(1);
  expect(said.err).toContain('SESSION_ID: docs: payload.workItemId does not name a session\nSend a valid');
});

test('what delays a question is told once, with its code, its fix and the next try', async () => {
  const { store, route, told, answer } = await waiting();
  await store.agents.pause('docs');
  await told('PAUSED: docs has been paused since ');
  await told('Run `jvagent resume docs`.');
  await store.agents.resume('docs');
  // What an earlier turn waited for says nothing of the one that is due.
  await store.sessions.ensure(main);
  await store.sessions.wait(main, refuse('OUTSIDE_UNREACHABLE', 'of an earlier day'));
  await route();
  await systemClock.sleep(600);
  const claim = await store.sessions.claim({ ...main, owner: 'n', leaseMs: 60_000, batchMax: 1 });
  const until = Date.UTC(2030, 0, 1);
  const why = { ...refuse('OUTSIDE_LIMITED', 'the provider is busy'), until };
  await store.sessions.release({
    ...main,
    epoch: claim?.epoch ?? 0,
    claimId: claim?.claimId ?? '',
    end: 'unstarted',
    why,
    wakeAt: until,
  });
  await told('OUTSIDE_LIMITED: the provider is busy');
  await told('It is tried again at 2030-01-01 00:00:00 UTC.');
  await store.agents.set('docs', { trusted: { digest: 'of before', steering: { 'autoRun.enabled': 'never' } } });
  await told('CONFIG_UNTRUSTED: docs: ');
  await told('changed after a person trusted this agent');
  await systemClock.sleep(600);
  const { code, err } = await answer({ command: 'no-reply', payload: { reason: 'I know no colours.' } });
  expect(code).toBe(1);
  expect(err).not.toContain('of an earlier day');
  for (const text of ['PAUSED:', 'OUTSIDE_LIMITED:', 'CONFIG_UNTRUSTED:']) expect(err.split(text)).toHaveLength(2);
  expect(err).toContain('docs gave no answer: I know no colours.');
});

test('if the platform stops during a wait, the command says so', async () => {
  const { stopNode, told, answer } = await waiting();
  stopNode();
  await told('The platform is not running: the question is answered once `jvagent start` runs.');
  expect(await answer(brown)).toMatchObject({ code: 0, out: 'Brown.\n' });
});
