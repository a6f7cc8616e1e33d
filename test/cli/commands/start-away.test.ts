/** Ctrl-C stops a node whose PostgreSQL is gone. */
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { openStore } from '../../../src/store/database/database.ts';
import { holdSupervisorLock } from '../../../src/store/database/sqlite.ts';
import { startPostgres } from '../../postgres/server.ts';
import { createCliWorkspace, jvagentOn, session } from '../fixture.ts';
import { pressCtrlC } from '../press-ctrl-c.ts';

async function started() {
  const server = await startPostgres();
  onTestFinished(() => server.close());
  const { root } = createCliWorkspace({
    '.env': `DATABASE_URL=${server.url()}\nJVAGENT_HOOK_KEY=a-key-of-hooks-that-is-long-enough\nJVAGENT_HOOK_PORT=0\n`,
  });
  const outcome = { code: -1, out: '', err: '' };
  const terminal = { columns: () => 200, rows: () => 24, hasColours: false, showsErrors: true };
  const listeners = process.listenerCount('SIGINT');
  const ended = jvagentOn(terminal, ['--root', root, 'start', '--port', '0'], outcome);
  await expect.poll(() => process.listenerCount('SIGINT') > listeners || outcome.err).toBe(true);
  return { server, root, outcome, ended };
}

test('it says that the database does not answer, stops, and gives the workspace free', async () => {
  const { server, root, outcome, ended } = await started();
  await server.stop('immediate');
  const away = `the database 127.0.0.1:${server.port}/postgres cannot be used`;
  await expect.poll(() => outcome.out + outcome.err).toContain(away);
  await server.start();
  await expect.poll(() => outcome.out + outcome.err).toContain('is back: work goes on');
  expect((outcome.out + outcome.err).split(away)).toHaveLength(2);
  await server.stop('immediate');
  pressCtrlC();
  expect((await ended).code).toBe(0);
  expect(outcome.out).toContain('Stopping: the database does not answer. Press Ctrl-C again to stop at once.');
  expect(outcome.out).toContain('Stopped.');
  const lock = holdSupervisorLock(join(root, '.jvagent/state'));
  lock?.release();
  expect(lock).toBeDefined();
});

test('the turns of other nodes are not waited for', async () => {
  const { server, root, outcome, ended } = await started();
  const store = await openStore({ folder: root, url: server.url(), clock: systemClock });
  await store.sessions.ensure(session);
  await store.sessions.claim({ ...session, owner: 'another node', leaseMs: 600_000, batchMax: 1 });
  await store.close();
  pressCtrlC();
  await ended;
  expect(outcome.out).toMatch(/^Node: \S+ [0-9a-f]{8}$/m);
  expect(outcome.out).toContain('Stopping: no turn is running.');
});
