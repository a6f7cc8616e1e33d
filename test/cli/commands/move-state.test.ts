/** A workspace moves from SQLite to PostgreSQL, and back, by two commands. */
import { expect, onTestFinished, test } from 'vitest';
import { startPostgres } from '../../postgres/server.ts';
import { acme, createCliWorkspace, findItem } from '../fixture.ts';

test('a backup of SQLite is restored into PostgreSQL, and a backup of that into SQLite', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.close());
  const { run, fill, path, write } = createCliWorkspace();
  await fill(findItem);
  const [first, second] = [path('first.db'), path('second.db')];
  expect(await run('backup', first)).toMatchObject({ code: 0, out: expect.stringContaining('Saved the state') });
  write('.env', `DATABASE_URL=${server.url()}\n`);
  const moved = await run('restore', first);
  expect(moved).toMatchObject({ code: 0, err: '', out: expect.stringContaining('with 1 open work item, and paused') });
  // The database was empty, so there is nothing to keep.
  expect(moved.out).not.toContain('kept');
  expect((await run('sessions', acme)).out).toContain('wi-12');
  expect((await run('audit', 'verify')).out).toContain(`${acme} is whole`);
  expect((await run('backup', second)).code).toBe(0);
  expect((await run('restore', second)).out).toMatch(/kept as .*state\.db\.\d+/);
  expect((await run('status')).out).toContain(`\nDatabase: 127.0.0.1:${server.port}/postgres\n`);
  write('.env', '');
  for (const command of ['status', 'start', 'doctor']) {
    const { code, err } = await run(command);
    const where = `in PostgreSQL at 127.0.0.1:${server.port}/postgres, and DATABASE_URL is not set. Set DATABASE_URL in .env again.`;
    expect([command, code, err]).toEqual([command, 1, expect.stringContaining(where)]);
    expect(err).not.toContain(server.password);
  }
  expect((await run('restore', second)).code).toBe(0);
  expect((await run('status')).code).toBe(0);
  expect((await run('audit', 'tail', acme)).out).toContain('restore');
  expect((await run('audit', 'verify')).out).toContain(`${acme} is whole`);
});

test('a database that keeps no UTF-8 takes no state, and doctor says so', async () => {
  const server = await startPostgres();
  onTestFinished(() => server.close());
  await server.query("create database ascii template template0 encoding 'SQL_ASCII' locale_provider libc locale 'C'");
  const { run, fill, path, write } = createCliWorkspace();
  await fill(findItem);
  await run('backup', path('first.db'));
  write('.env', `DATABASE_URL=${server.url('ascii')}\n`);
  const why = 'keeps text as SQL_ASCII';
  expect(await run('restore', path('first.db'))).toMatchObject({ code: 1, err: expect.stringContaining(why) });
  expect(await run('status')).toMatchObject({ code: 1, err: expect.stringContaining("encoding 'UTF8'") });
  expect((await run('doctor', '--no-model')).out).toContain(why);
});
