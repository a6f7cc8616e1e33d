/** Fails a file of tests in which the store made a statement that no index serves, on the database that the tests have. */
import { afterAll, expect, inject } from 'vitest';
import { postgresFaults } from './postgres.ts';
import { collectStatements } from './statements.ts';

const { faults, open } = collectStatements();

afterAll(async () => {
  const postgres = inject('postgres');
  const explained = [...open];
  open.clear();
  if (postgres && explained.length > 0) faults.push(...(await postgresFaults(postgres, explained)));
  expect(faults.splice(0)).toEqual([]);
});
