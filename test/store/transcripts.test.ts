import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { claimOptions, granted, openTestStore, session } from './fixture.ts';

test('a transcript comes back in order, each row with an id once, and is replaced as a whole', async () => {
  const { store } = await openTestStore();
  await store.sessions.ensure(session);
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  const turn = { ...session, epoch, claimId };
  const user = { row: { type: 'user', uuid: 'u1', text: 'hi' } };
  const title = { row: { type: 'title' } };
  const beside = { subpath: 'subagents/a', row: { type: 'user', uuid: 'u1' } };
  await store.transcripts.append(turn, [user, title]);
  await store.transcripts.append(turn, [user, title, beside]);
  expect(await store.transcripts.load(session)).toEqual([user, title, title, beside]);
  const many = Array.from({ length: 1_200 }, (_, n) => ({ row: { type: 'user', uuid: `n${n}` } }));
  await store.transcripts.replace(turn, many);
  expect(await store.transcripts.load(session)).toEqual(many);
});

test('a row that is no longer JSON comes back empty, and the others unchanged', async () => {
  const { store, folder } = await openTestStore();
  await store.sessions.ensure(session);
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  const rows = ['u1', 'u2', 'u3'].map((uuid) => ({ row: { type: 'user', uuid } }));
  await store.transcripts.append({ ...session, epoch, claimId }, rows);
  const database = new Database(join(folder, 'state.db'));
  database.exec("UPDATE transcript_rows SET row = substr(row, 1, 9) WHERE uuid = 'u1'");
  database.exec("UPDATE transcript_rows SET row = 'null' WHERE uuid = 'u2'");
  database.close();
  expect(await store.transcripts.load(session)).toEqual([{ row: {} }, { row: {} }, rows[2]]);
});
