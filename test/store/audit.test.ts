import { expect, test } from 'vitest';
import { acme, inOtherProcess, openTestStore } from './fixture.ts';
import { changeRows } from './test-database.ts';

const wish = {
  agentId: acme,
  sessionId: '',
  actor: 'person/eve',
  action: 'pause',
  target: acme,
  argsDigest: '',
  outcome: 'done',
};

/** A store with three entries, and somebody who changes rows behind its back. */
async function withTampering(statement: string) {
  const { store, ...database } = await openTestStore();
  for (const action of ['pause', 'resume', 'trust']) await store.audit.append({ ...wish, action });
  expect(await store.audit.verify(acme)).toEqual({ ok: true });
  await changeRows(database, statement);
  return store.audit.verify(acme);
}

test('RR-06: an edited entry is reported', async () => {
  const verdict = await withTampering(`update audit_entries set actor = 'person/bob' where seq = 2`);
  expect(verdict).toMatchObject({ ok: false, brokenAt: 2 });
});

test('RR-06: a removed entry is reported', async () => {
  expect(await withTampering('delete from audit_entries where seq = 2')).toMatchObject({ ok: false, brokenAt: 2 });
});

test('RR-06: a cut tail is reported, even when nothing is left', async () => {
  expect(await withTampering('delete from audit_entries where seq = 3')).toMatchObject({ ok: false, brokenAt: 3 });
  expect(await withTampering('delete from audit_entries')).toMatchObject({ ok: false, brokenAt: 1 });
});

test('RR-06: a head that was removed or set back is reported', async () => {
  expect(await withTampering('delete from audit_heads')).toMatchObject({ ok: false, brokenAt: 1 });
  expect(await withTampering('update audit_heads set seq = 2')).toMatchObject({ ok: false, brokenAt: 3 });
});

test('each agent has its own chain, whole although several processes write it', async () => {
  const { store, ...database } = await openTestStore();
  const code = `for (let n = 0; n < 20; n++) await store.audit.append(${JSON.stringify(wish)});`;
  await Promise.all([inOtherProcess(database, code), inOtherProcess(database, code)]);
  await Promise.all([store.audit.append(wish), store.audit.append({ ...wish, agentId: 'docs' })]);
  expect(await store.audit.verify(acme)).toEqual({ ok: true });
  expect(await store.audit.verify('docs')).toEqual({ ok: true });
  expect((await store.audit.list(acme, 39, 10)).map(({ seq }) => seq)).toEqual([40, 41]);
  expect(await store.audit.tail('docs', 5)).toHaveLength(1);
  expect(await store.audit.tail(undefined, 5)).toHaveLength(5);
});

/** A log whose first entries were checked, then tampered with, and asked again. */
async function checkedAgain(statement: string, addedBefore: number) {
  const { store, ...database } = await openTestStore();
  for (const action of ['pause', 'resume', 'trust']) await store.audit.append({ ...wish, action });
  const checked = [await store.audit.verifyNew(10)];
  for (let n = 0; n < addedBefore; n += 1) await store.audit.append(wish);
  await changeRows(database, statement);
  checked.push(await store.audit.verifyNew(10));
  return checked;
}

test('what was added since the last check is checked, and each log that is not whole is named', async () => {
  expect(await checkedAgain('', 2)).toEqual([[], []]);
  const [whole, broken] = await checkedAgain(`update audit_entries set actor = 'person/bob' where seq = 5`, 2);
  expect(whole).toEqual([]);
  expect(broken).toEqual([{ agentId: acme, brokenAt: 5, why: 'it was changed after it was written' }]);
  const cut = 'delete from audit_entries where seq = 5';
  expect((await checkedAgain(cut, 2))[1]).toMatchObject([{ brokenAt: 5 }]);
  const shorter = `update audit_heads set seq = 2, hash = (select hash from audit_entries where seq = 2)`;
  expect((await checkedAgain(shorter, 0))[1]).toMatchObject([{ brokenAt: 3 }]);
});

test('entries that were checked are not read again, and a long log is checked bit by bit', async () => {
  const [, again] = await checkedAgain(`update audit_entries set actor = 'person/bob' where seq = 2`, 1);
  expect(again).toEqual([]);
  const { store, ...database } = await openTestStore();
  for (let n = 0; n < 5; n += 1) await store.audit.append(wish);
  await changeRows(database, `update audit_entries set actor = 'person/bob' where seq = 4`);
  expect(await store.audit.verifyNew(2)).toEqual([]);
  expect(await store.audit.verifyNew(2)).toMatchObject([{ brokenAt: 4 }]);
  expect(await store.audit.verifyNew(2)).toMatchObject([{ brokenAt: 4 }]);
});
