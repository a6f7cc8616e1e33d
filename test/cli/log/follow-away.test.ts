/** `logs -f` while its PostgreSQL is away for a moment. */
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { openStore } from '../../../src/store/database/database.ts';
import { startPostgres } from '../../postgres/server.ts';
import { createCliWorkspace, jvagentOn, session } from '../fixture.ts';
import { pressCtrlC } from '../press-ctrl-c.ts';

test('it says once that the database is away, and goes on when it is back', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.close());
  const { root } = createCliWorkspace({ '.env': `DATABASE_URL=${server.url()}\n` });
  const write = async (text: string) => {
    const store = await openStore({ folder: root, url: server.url(), clock: systemClock });
    await store.sessions.ensure(session);
    await store.log.append(session, [{ at: Date.now(), kind: 'text', text }]).finally(() => store.close());
  };
  await write('before it stops');
  const outcome = { code: -1, out: '', err: '' };
  const ended = jvagentOn(undefined, ['--root', root, 'logs', '-f'], outcome);
  await expect.poll(() => outcome.out).toContain('before it stops');
  await server.stop('fast');
  await expect
    .poll(() => outcome.err)
    .toContain('The database does not answer. New entries are shown when it is back.\n');
  await systemClock.sleep(1_500);
  await server.start();
  await expect.poll(() => outcome.err).toContain('The database is back.\n');
  await write('after it is back');
  await expect.poll(() => outcome.out).toContain('after it is back');
  pressCtrlC();
  expect((await ended).code).toBe(0);
  expect(outcome.err.match(/The database/g)).toHaveLength(2);
});
