/** Commands that wait, while their PostgreSQL is away for a moment. */
import { expect, onTestFinished, test } from 'vitest';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { createAgentStore } from '../../../src/agents/agent-store.ts';
import { systemClock } from '../../../src/base/clock.ts';
import type { SessionId } from '../../../src/broker/session-id.ts';
import { openStore, type Store } from '../../../src/store/database/database.ts';
import { brokerOver } from '../../../src/supervisor/supervisor.ts';
import { startPostgres } from '../../postgres/server.ts';
import { createCliWorkspace, jvagentOn, session } from '../fixture.ts';
import { pressCtrlC } from '../press-ctrl-c.ts';

/** A workspace on a server of its own, and a command on it. */
async function onServer(files: Record<string, unknown> = {}) {
  const server = await startPostgres();
  onTestFinished(() => server.close());
  const { root } = createCliWorkspace({ ...files, '.env': `DATABASE_URL=${server.url()}\n` });
  const outcome = { code: -1, out: '', err: '' };
  return {
    root,
    outcome,
    async fill(change: (store: Store) => Promise<unknown>) {
      const store = await openStore({ folder: root, url: server.url(), clock: systemClock });
      await change(store).finally(() => store.close());
    },
    start: (...args: string[]) => jvagentOn(undefined, ['--root', root, ...args], outcome),
    async away(then: string) {
      await server.stop('fast');
      await expect.poll(() => outcome.err).toContain(`The database does not answer. ${then}\n`);
      await systemClock.sleep(1_500);
      await server.start();
      await expect.poll(() => outcome.err).toContain('The database is back.\n');
    },
  };
}

test('`logs -f` says once that the database is away, and goes on when it is back', async () => {
  const { outcome, fill, start, away } = await onServer();
  const write = (text: string) =>
    fill(async (store) => {
      await store.sessions.ensure(session);
      await store.log.append(session, [{ at: Date.now(), kind: 'text', text }]);
    });
  await write('before it stops');
  const ended = start('logs', '-f');
  await expect.poll(() => outcome.out).toContain('before it stops');
  await away('New entries are shown when it is back.');
  await write('after it is back');
  await expect.poll(() => outcome.out).toContain('after it is back');
  pressCtrlC();
  expect((await ended).code).toBe(0);
  expect(outcome.err.match(/The database/g)).toHaveLength(2);
});

test('`send --wait` says the same, and prints the answer that comes then', async () => {
  const docs = { 'docs/jvAgent.json': { id: 'docs', sessionMapper: 'work-item' } };
  const { root, outcome, fill, start, away } = await onServer(docs);
  await fill((store) => store.nodes.beat({ owner: 'far 1', name: 'far', version: '0', takesWork: true, files: {} }));
  const ended = start('send', 'agent/docs', 'ask', '{"text": "Which colour?"}', '--wait');
  await expect.poll(() => outcome.err).toContain('Asked agent/docs');
  await away('The question stays there; its answer is shown when it is back.');
  await fill(async (store) => {
    const broker = brokerOver(store, createAgentStore({ root, home: root }), systemClock);
    const [question] = await store.messages.unrouted(1);
    if (!question) throw new Error('nothing was asked');
    await broker.route();
    const main = { agentId: 'docs' as AgentId, sessionId: 'main' as SessionId };
    await broker.answer(question, { command: 'reply', payload: { text: 'Brown.' } }, { kind: 'agent', ...main });
  });
  expect(await ended).toMatchObject({ code: 0, out: 'Brown.\n' });
  expect(outcome.err.match(/The database/g)).toHaveLength(2);
});
