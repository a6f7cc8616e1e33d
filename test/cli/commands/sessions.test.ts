/** What `sessions` lists where there are many. */
import { expect, test } from 'vitest';
import { acme, createCliWorkspace, session } from '../fixture.ts';

test('as many as asked for are listed, those that were active last, with how many there are', async () => {
  const { run, fill } = createCliWorkspace();
  await fill(async ({ sessions }) => {
    for (const sessionId of ['wi-1', 'wi-2', 'wi-3']) await sessions.ensure({ ...session, sessionId });
    const claim = await sessions.claim({ ...session, sessionId: 'wi-1', owner: 'o', leaseMs: 1, batchMax: 1 });
    if (claim) await sessions.release({ ...claim, end: 'rested' });
  });
  const { out } = await run('sessions', acme, '-n', '2');
  expect(out).toContain('wi-1');
  expect(out).toMatch(/\n2 of 3 sessions\. -n 3 shows all\.\n$/);
  expect(JSON.parse((await run('sessions', '-n', '2', '--json')).out)).toHaveLength(2);
  expect((await run('sessions')).out).not.toContain('shows all');
  expect((await run('sessions', '-n', '0')).code).toBe(2);
});
