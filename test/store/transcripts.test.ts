import { expect, test } from 'vitest';
import { claimOptions, granted, openTestStore, session } from './fixture.ts';
import { changeRows } from './test-database.ts';

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
  const { store, ...database } = await openTestStore();
  await store.sessions.ensure(session);
  const { epoch, claimId } = granted(await store.sessions.claim(claimOptions));
  const rows = ['u1', 'u2', 'u3'].map((uuid) => ({ row: { type: 'user', uuid } }));
  await store.transcripts.append({ ...session, epoch, claimId }, rows);
  await changeRows(database, `update transcript_rows set "row" = substr("row", 1, 9) where uuid = 'u1'`);
  await changeRows(database, `update transcript_rows set "row" = 'null' where uuid = 'u2'`);
  expect(await store.transcripts.load(session)).toEqual([{ row: {} }, { row: {} }, rows[2]]);
});
