/** What a look at the board costs over HTTP, with 1,000 work items whose plans wait for approval. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAzureDevOps as createBoards } from '../../emulators/azure-devops/azure-devops.ts';
import { createItem, updateItem } from '../../emulators/azure-devops/items/change.ts';
import { readPatch } from '../../emulators/azure-devops/items/patch.ts';
import { createFaults } from '../../emulators/control/faults.ts';
import { systemClock } from '../../src/base/clock.ts';
import { type Listener, listen } from '../../src/base/http.ts';
import { createAzureDevOps } from '../../src/connectors/azure-devops/azure-devops.ts';
import { type KnownItem, type PollCursor, poll } from '../../src/work-items/observe/poll.ts';
import { httpFor } from './connector-world.ts';

const project = 'AcmeImplementation';
const hourMs = 3_600_000;
/** By the board's clock the items were made an hour ago. */
let boardLagMs = hourMs;

const people = (['agent', 'engineer'] as const).map((role) => ({
  name: role,
  mail: `${role}@a.test`,
  pat: role,
  role,
}));
const boards = createBoards({
  tenants: [{ organization: 'acme', project, people }],
  clock: { ...systemClock, now: () => Date.now() - boardLagMs },
});
const tenant = boards.tenant('acme');
const faults = createFaults();
let listener: Listener;
let known: KnownItem[];
let tracker: ReturnType<typeof createAzureDevOps>;

const field = (name: string, value: unknown) => ({ op: 'add', path: `/fields/${name}`, value });
const engineer = tenant.people[1] as (typeof tenant.people)[number];
const set = (id: number, name: string, value: unknown) =>
  updateItem(tenant, id, readPatch([field(name, value)]), { by: engineer });

beforeAll(async () => {
  listener = await listen(faults.wrap('azureDevOps', boards.fetch));
  const http = httpFor('agent');
  tracker = createAzureDevOps({
    baseUrl: listener.url,
    organization: 'acme',
    project,
    own: {},
    pat: 'agent',
    contentFields: ['System.Description'],
    http,
  });
  const content = [field('System.Title', 'Guard keys'), field('System.Description', '<p>Why &amp; how</p>')];
  const ids = Array.from({ length: 1_000 }, () => {
    const { id } = createItem(tenant, project, 'Bug', readPatch(content), { by: engineer });
    set(id, 'System.State', 'Plan Ready');
    return id;
  });
  const contentHash = (await tracker.tile(ids[0] ?? 0))?.contentHash ?? '';
  known = ids.map((workItemId) => ({ workItemId, phase: 'plan-ready', contentHash }));
  boardLagMs = 0;
});
afterAll(() => listener.close());

/** One poll a minute after the last, which began an hour after everything was made. */
async function look() {
  const before = faults.requests().length;
  const now = Date.now();
  const cursor: PollCursor = { seenUntil: now - 60_000, sweptAt: now - hourMs, targetSha: 'head' };
  const mapping = { new: 'New', planning: 'Planning', planReady: 'Plan Ready', approved: 'Approved' };
  const { due } = await poll({
    tracker,
    mapping,
    takes: () => true,
    known,
    cursor,
    targetHead: async () => 'head',
    now,
  });
  return {
    due,
    calls: faults
      .requests()
      .slice(before)
      .map(({ method, path }) => `${method} ${path.split('/_apis/')[1]?.split('?')[0]}`),
  };
}

test('a look at 1,000 waiting work items is one call when nothing changed, and two when ten did', async () => {
  expect(await look()).toEqual({ due: [], calls: ['POST wit/wiql'] });
  const changed = known.slice(100, 110).map(({ workItemId }) => workItemId);
  for (const id of changed) set(id, 'Microsoft.VSTS.Common.Priority', 1);
  expect(await look()).toEqual({ due: [], calls: ['POST wit/wiql', 'POST wit/workitemsbatch'] });
});

test('of the ten, only those that were moved or edited are looked at, without another call', async () => {
  const [moved = 0, edited = 0, attached = 0] = known.slice(100).map(({ workItemId }) => workItemId);
  set(moved, 'System.State', 'Approved');
  set(edited, 'System.Description', '<p>Otherwise</p>');
  const url = `${listener.url}/acme/_apis/wit/attachments/0d6dbb2c-0d4b-4b0b-8a0e-1f2f4b1f0a11`;
  const file = { op: 'add', path: '/relations/-', value: { rel: 'AttachedFile', url, attributes: { name: 'a.txt' } } };
  updateItem(tenant, attached, readPatch([file]), { by: engineer });
  const { due, calls } = await look();
  expect(due.toSorted((a, b) => a - b)).toEqual([moved, edited, attached]);
  expect(calls).toHaveLength(2);
});
