/** docs/watch.md tells each metric and each kind of alarm, as they are. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createAgentStore } from '../../src/agents/agent-store.ts';
import { limits } from '../../src/limits.ts';
import { usualPace } from '../../src/ops/alarm-step.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import type { AlarmKind } from '../../src/status/alarm.ts';
import { createWorkspace } from '../agents/workspace.ts';
import { openTestStore } from '../store/fixture.ts';
import { readExposition } from './exposition.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/watch.md'), 'utf8');

/** Every kind, so that a new one is missed here by the compiler. */
const kinds: Record<AlarmKind, true> = {
  ...{ agent: true, audit: true, board: true, budget: true, expiry: true, hold: true },
  ...{ model: true, slack: true, token: true, unsent: true, waiting: true, worker: true },
};

const minutesText = (minutes: number) => (minutes === 0 ? 'at once' : `${minutes} minute${minutes === 1 ? '' : 's'}`);

test('each metric has its row, and no other has', async () => {
  const { store, clock } = await openTestStore();
  const agents = createAgentStore({ root: createWorkspace().root });
  const text = await createMetrics({ store, agents, clock, workers: () => 0 }).text();
  const rows = [...page.matchAll(/^\| `(jvagent_\w+)` \|/gm)].map(([, name = '']) => name);
  expect(rows.sort()).toEqual(Object.keys(readExposition(text)).sort());
});

test('each kind of alarm has its row, with the time after which it is told', () => {
  const rows = [...page.matchAll(/^\| `([a-z]+)` \| .* \| (at once|\d+ minutes?) \|$/gm)];
  const told = Object.fromEntries(rows.map(([, kind, after]) => [kind, after]));
  const wanted = Object.keys(kinds).map((kind) => [kind, minutesText(usualPace.holdMsOf(kind as AlarmKind) / 60_000)]);
  expect(told).toEqual(Object.fromEntries(wanted));
  expect(page).toContain(`its end when it has been over for ${limits.alarmOverMinutes} minutes`);
  expect(page).toContain(`At most ${limits.alarmLinesPerHourMax} lines`);
});
