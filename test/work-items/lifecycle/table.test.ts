import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { cancelled } from '../../../src/work-items/lifecycle/cancelled.ts';
import { deployed } from '../../../src/work-items/lifecycle/deployed.ts';
import { deploying } from '../../../src/work-items/lifecycle/deploying.ts';
import type { PhaseRules } from '../../../src/work-items/lifecycle/events.ts';
import { executing } from '../../../src/work-items/lifecycle/executing.ts';
import { failed } from '../../../src/work-items/lifecycle/failed.ts';
import { intake } from '../../../src/work-items/lifecycle/intake.ts';
import { needsInfo } from '../../../src/work-items/lifecycle/needs-info.ts';
import { planReady } from '../../../src/work-items/lifecycle/plan-ready.ts';
import { planning } from '../../../src/work-items/lifecycle/planning.ts';
import { prCreated } from '../../../src/work-items/lifecycle/pr-created.ts';
import { refused } from '../../../src/work-items/lifecycle/refused.ts';
import type { Phase } from '../../../src/work-items/phase.ts';

const phases: Readonly<Record<Phase, PhaseRules>> = {
  intake,
  planning,
  'needs-info': needsInfo,
  'plan-ready': planReady,
  executing,
  'pr-created': prCreated,
  deploying,
  deployed,
  cancelled,
  refused,
  failed,
};

test('the page lists, for each phase, the events that mean something in it, and no others', () => {
  const page = readFileSync(new URL('../../../docs/lifecycle.md', import.meta.url), 'utf8');
  const [, table = ''] = page.split('| phase | events that change something |');
  const rows = [...table.matchAll(/^\| ([a-z-]+) \| (.*) \|$/gm)];
  const listed = Object.fromEntries(rows.map(([, phase, events = '']) => [phase, events.match(/[a-z-]+/g)]));
  const made = Object.entries(phases).map(([phase, { rows: own }]) => [phase, Object.keys(own).sort()]);
  expect(listed).toEqual(Object.fromEntries(made));
});
