/** The ways to a secured PostgreSQL that docs/postgres.md names, tried with a real server. */
import { chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { createAuthority } from '../../src/sandbox/certificate.ts';
import { openStore } from '../../src/store/database/database.ts';
import { startPostgres } from '../postgres/server.ts';

/** A server whose certificate bears one name, and the file with its authority. */
async function secured(name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startPostgres();
  onTestFinished(() => server.close());
  const authority = createAuthority(Date.now());
  const { key, cert } = authority.issue(name);
  const { uid, gid } = statSync(server.data);
  for (const [file, text] of Object.entries({ 'server.key': key, 'server.crt': cert })) {
    const path = join(server.data, file);
    writeFileSync(path, text, { mode: 0o600 });
    chownSync(path, uid, gid);
  }
  await server.query('alter system set ssl = on');
  await server.query('select pg_reload_conf()');
  await expect.poll(async () => (await server.query<{ ssl: string }>('show ssl'))[0]?.ssl).toBe('on');
  const authorityFile = join(folder, 'ca.pem');
  writeFileSync(authorityFile, authority.certificate);
  const open = async (host: string, parameters: string) => {
    const url = `${server.url().replace('127.0.0.1', host)}?${parameters}`;
    const store = await openStore({ folder, url, clock: systemClock });
    const [way] = await server.query<{ ssl: boolean }>(
      "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'jvagent' limit 1",
    );
    await store.close();
    return way?.ssl;
  };
  return { open, authorityFile };
}

test('`verify-full` takes a server of that authority and name, and no other', async () => {
  const { open, authorityFile } = await secured('localhost');
  const checked = `sslmode=verify-full&sslrootcert=${authorityFile}`;
  expect(await open('localhost', checked)).toBe(true);
  await expect(open('127.0.0.1', checked)).rejects.toThrow(/does not match certificate/);
  await expect(open('localhost', 'sslmode=verify-full')).rejects.toThrow(/certificate/);
  expect(await open('localhost', 'sslmode=disable')).toBe(false);
});
