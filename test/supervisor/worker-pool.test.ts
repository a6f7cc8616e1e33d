import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import type { Refusal } from '../../src/refusal.ts';
import { createWorkerPool } from '../../src/supervisor/worker-pool.ts';

/** A pool whose workers end while they start. */
function dyingPool() {
  const folder = mkdtempSync(join(tmpdir(), 'pool-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const clock = { time: 1_000, now: () => clock.time, sleep: async () => {} };
  let forks = 0;
  const pool = createWorkerPool({
    setup: { root: folder, home: folder, stateFolder: folder, sandboxUid: 0, allowLoopback: true },
    runFolder: folder,
    environment: { NODE_OPTIONS: '--import=data:text/javascript,process.exit(3)' },
    methodsFor: () => {
      forks += 1;
      return {} as never;
    },
    onConfigured: async () => undefined,
    crashPoints: { reach: () => {} },
    clock,
    log: createLog('test', 'silent'),
  });
  return { pool, clock, forks: () => forks };
}

test('a worker that ends while it starts is one fork a pause, however often its agent is asked for', async () => {
  const { pool, clock, forks } = dyingPool();
  const first = (await pool.get('codechange/acme', false)) as Refusal;
  expect(first).toMatchObject({ refused: 'CRASHED', until: 2_000 });
  for (let asked = 0; asked < 20; asked++) expect(await pool.get('codechange/acme', false)).toEqual(first);
  expect(forks()).toBe(1);
  clock.time = 2_000;
  expect(await pool.get('codechange/acme', false)).toMatchObject({ refused: 'CRASHED', until: 32_000 });
  expect(forks()).toBe(2);
  await pool.get('codechange/acme', true);
  expect(forks()).toBe(3);
  await pool.get('codechange/globex', false);
  expect(forks()).toBe(4);
});
