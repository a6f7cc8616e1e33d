/** The tests outside `test/store/` that PostgreSQL sees too. */
import { expect, test } from 'vitest';
import { storeUsers } from './store-users.ts';

test('half of the tests of the supervisor and more hold on PostgreSQL too, and none twice', () => {
  const files = storeUsers();
  expect(files.length).toBeGreaterThanOrEqual(18);
  expect(files).toEqual(expect.arrayContaining(['test/supervisor/take-turn.test.ts', 'test/supervisor/purse.test.ts']));
  expect(files).not.toContain('test/supervisor/nodes/bounds.test.ts');
});
