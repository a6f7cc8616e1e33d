/** What a turn may ask about threads: its own, and messages that were put to it. */
import { expect, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { claim, readThread } from '../../../src/supervisor/slack/thread-methods.ts';
import { granted } from '../../store/fixture.ts';
import { inChannels } from './channels.ts';

const sorting = { slack: { channels: ['C1'] }, triage: 'Questions.' };

async function sorted() {
  const opened = await inChannels({ docs: sorting, qa: sorting });
  const { store, node, lookups, app, says, runningTurn } = opened;
  const ts = await says('C1', 'U1', 'the build broke');
  const sessionId = 'main' as SessionId;
  const turnOf = async (id: string) => {
    const agentId = id as AgentId;
    const taken = granted(await store.sessions.claim({ agentId, sessionId, owner: 'n', leaseMs: 1, batchMax: 9 }));
    return runningTurn({ agentId, sessionId, batch: taken.batch });
  };
  const part = { of: () => app, lookups };
  const take = async (id: string) => {
    const turn = await turnOf(id);
    await store.sessions.giveBack();
    return claim(node, part, turn, turn.batch[0]?.id ?? '');
  };
  return { ...opened, ts, part, take, turnOf };
}

test('the first agent that takes a message up has it and its thread, and gets it as one that is addressed', async () => {
  const { take, given, says, ts } = await sorted();
  expect(await take('docs')).toEqual({ claimed: true, by: 'docs' });
  expect(await take('qa')).toEqual({ claimed: false, by: 'docs' });
  expect(await take('docs')).toEqual({ claimed: true, by: 'docs' });
  await says('C1', 'U1', 'and the tests?', ts);
  const ofThread = (lines: string[]) => lines.filter((line) => line.startsWith('slack-'));
  expect(ofThread(await given('docs'))).toEqual([
    expect.stringContaining('slack.message the build broke'),
    expect.stringContaining('slack.message and the tests?'),
  ]);
  expect(ofThread(await given('qa'))).toEqual([]);
});

test('an agent takes up nothing that was not put to it', async () => {
  const { node, part, turnOf } = await sorted();
  const docs = await turnOf('docs');
  const qa = await turnOf('qa');
  expect(await claim(node, part, docs, qa.batch[0]?.id ?? '')).toMatchObject({ refused: 'SESSION_TENANT' });
});

test('a turn reads the thread of its own session: the root by whomever, other bots, and what is ours', async () => {
  const { node, part, take, pages, ts, runningTurn } = await sorted();
  await take('docs');
  pages.push(
    { ts, user: 'U1', text: 'the build broke', files: [{ name: 'a.log' }] },
    { ts: '9.1', bot_id: 'B2', text: 'build 7 failed' },
    { ts: '9.2', user: 'UBOT', bot_id: 'B1', text: 'I look.' },
  );
  const sessionId = `slack-t1-c1-${ts.replace('.', '-')}` as SessionId;
  const read = await readThread(node, part, runningTurn({ agentId: 'docs' as AgentId, sessionId }), { limit: 10 });
  expect(read).toEqual({
    messages: [
      {
        ts,
        user: 'U1',
        name: 'name of U1',
        text: 'the build broke',
        isOurs: false,
        isBot: false,
        files: [{ name: 'a.log' }],
      },
      { ts: '9.1', user: 'B2', text: 'build 7 failed', isOurs: false, isBot: true, files: [] },
      { ts: '9.2', user: 'UBOT', name: 'name of UBOT', text: 'I look.', isOurs: true, isBot: true, files: [] },
    ],
  });
});

test('a session without a thread reads none, and none at all without its app', async () => {
  const { node, part, runningTurn, take, ts } = await sorted();
  expect(await readThread(node, part, runningTurn(), { limit: 10 })).toMatchObject({ refused: 'ADDRESS_DENIED' });
  await take('docs');
  const sessionId = `slack-t1-c1-${ts.replace('.', '-')}` as SessionId;
  const turn = runningTurn({ agentId: 'docs' as AgentId, sessionId });
  expect(await readThread(node, { ...part, of: () => undefined }, turn, { limit: 10 })).toMatchObject({
    refused: 'OUTSIDE_UNREACHABLE',
  });
});
