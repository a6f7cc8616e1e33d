/**
 * Measures what one look at the board costs with 10 to 10,000 work items that wait for approval, in calls and in time, beside a script that
 * reads each of them.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createItem, updateItem } from '../emulators/azure-devops/items/change.ts';
import { current } from '../emulators/azure-devops/items/item-store.ts';
import { readPatch } from '../emulators/azure-devops/items/patch.ts';
import type { Person } from '../emulators/azure-devops/model.ts';
import { demoFix, scriptFor } from '../emulators/demo-repository/model-script.ts';
import { createEngineer } from '../emulators/engineer.ts';
import { projectOf } from '../emulators/tenants.ts';
import { systemClock } from '../src/base/clock.ts';
import { type Measured, median, type Row } from './measure.ts';
import { agentId, type BenchWorld, startBenchWorld } from './world.ts';

const sizes = [10, 100, 1_000, 10_000] as const;
const changedCount = 10;
const rounds = 3;
const hourMs = 3_600_000;
/** Looks ask again for the last two minutes: a change of so long ago is in the next look, and soon in none. */
const [askedAgainMs, oldChangeMs] = [121_000, 100_000];
/** Items that Azure DevOps gives in one answer. */
const batchMax = 200;

const field = (name: string, value: unknown) => ({ op: 'add', path: `/fields/${name}`, value });

/** Direct access to the emulator's board, without HTTP. */
function boardOf({ emulators }: BenchWorld) {
  const tenant = emulators.azureDevOps.tenant('acme');
  const by = (role: Person['role']) => {
    const person = tenant.people.find((each) => each.role === role);
    if (!person) throw new Error(`there is no ${role}`);
    return { by: person };
  };
  const { title, description } = demoFix().workItem;
  return {
    /** Adds a work item like the first one, in the state in which the agent left that one. */
    add(): number {
      const content = readPatch([field('System.Title', title), field('System.Description', description)]);
      const { id } = createItem(tenant, projectOf('acme'), 'Bug', content, by('engineer'));
      updateItem(tenant, id, readPatch([field('System.State', 'Plan Ready')]), by('agent'));
      return id;
    },
    prioritize(id: number, priority: number) {
      updateItem(tenant, id, readPatch([field('Microsoft.VSTS.Common.Priority', priority)]), by('engineer'));
    },
    /** Each change has a later moment than the one before it, so that many of them reach into the last two minutes. */
    async untilAllAreOld(ids: readonly number[]) {
      const changes = ids.map((id) => Date.parse(current(tenant.item(id)).at));
      const last = changes.reduce((one, other) => Math.max(one, other), 0);
      await systemClock.sleep(Math.max(0, last + askedAgainMs - Date.now()));
    },
  };
}

/** Copies the session of the first work item for each of the others; the platform must be stopped. */
function copySession(stateFolder: string, from: number, ids: readonly number[]): void {
  const db = new Database(join(stateFolder, 'state.db'));
  const wanted = db.prepare<[string, number], Record<string, unknown>>(
    'SELECT * FROM sessions WHERE agent_id = ? AND work_item_id = ?',
  );
  const row = wanted.get(agentId, from) ?? {};
  const names = Object.keys(row);
  const insert = db.prepare(`INSERT INTO sessions (${names}) VALUES (${names.map((name) => `@${name}`)})`);
  const insertAll = db.transaction(() => {
    for (const id of ids) {
      const item = JSON.stringify({ ...JSON.parse(String(row.item)), workItemId: id });
      insert.run({ ...row, session_id: `wi-${id}`, work_item_id: id, item });
    }
  });
  insertAll();
  db.close();
}

interface Look {
  board: number;
  model: number;
  ms: number;
}

/** One look at the board, including everything that follows. */
async function lookOf(world: BenchWorld): Promise<Look> {
  const { store } = world.supervisor;
  const requests = () => world.emulators.faults.requests();
  const last = async () => (await store.agents.get(agentId))?.lastHeartbeatAt;
  const [before, beaten, at] = [requests().length, await last(), performance.now()];
  await world.beat();
  await world.eventually('a look at the board', async () => {
    if ((await last()) === beaten) return false;
    const sessions = await store.sessionLists.ofAgent(agentId);
    return (
      sessions.every(({ leaseOwner }) => leaseOwner === undefined) &&
      (await store.sessions.due({ max: 1 })).length === 0
    );
  });
  const calls = requests().slice(before);
  const to = (target: string) => calls.filter((call) => call.target === target).length;
  return { board: to('azureDevOps'), model: to('anthropic'), ms: performance.now() - at };
}

/** A script that reads every waiting item at each look, as many in a call as it may. */
async function naiveLook({ emulators }: BenchWorld): Promise<Look> {
  const { pats } = emulators.tenants.acme.secrets;
  const authorization = `Basic ${Buffer.from(`:${pats.agent}`).toString('base64')}`;
  const project = `${emulators.urls.azureDevOps}/acme/${encodeURIComponent(projectOf('acme'))}/_apis/wit`;
  const started = performance.now();
  let board = 0;
  const ask = async (path: string, body: unknown): Promise<unknown> => {
    board += 1;
    const headers = { authorization, 'content-type': 'application/json' };
    const url = `${project}/${path}?api-version=7.1`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const query = "SELECT [System.Id] FROM WorkItems WHERE [System.State] = 'Plan Ready'";
  const { workItems } = (await ask('wiql', { query })) as { workItems: { id: number }[] };
  const fields = ['System.Id', 'System.State', 'System.Rev', 'System.Title'];
  for (let from = 0; from < workItems.length; from += batchMax) {
    await ask('workitemsbatch', { ids: workItems.slice(from, from + batchMax).map(({ id }) => id), fields });
  }
  return { board, model: 0, ms: performance.now() - started };
}

interface Size {
  unchanged: Look[];
  naive: Look[];
  /** After the priority of ten items changed. */
  changed: Look;
}

/** `setOffset` sets how far the board's clock is from ours, in milliseconds. */
async function measureSize(
  world: BenchWorld,
  ids: readonly number[],
  setOffset: (offsetMs: number) => void,
): Promise<Size> {
  const board = boardOf(world);
  const size = { unchanged: [] as Look[], naive: [] as Look[] };
  await lookOf(world);
  for (let round = 0; round < rounds; round += 1) {
    size.unchanged.push(await lookOf(world));
    size.naive.push(await naiveLook(world));
  }
  setOffset(-oldChangeMs);
  for (const id of ids.slice(0, changedCount)) board.prioritize(id, 1);
  setOffset(0);
  const changed = await lookOf(world);
  return { ...size, changed };
}

function rowsOf(size: number, { unchanged, naive, changed }: Size): Row[] {
  const row = (what: string, of: (look: Look) => number): Row => ({
    what: `${size} waiting, ${what}`,
    values: unchanged.map(of),
    beside: { what: 'reads each', values: naive.map(of) },
  });
  return [
    row('calls to the board', ({ board }) => board),
    row('ms of a look', ({ ms }) => ms),
    { what: `${size} waiting, calls after 10 changed`, values: [changed.board] },
  ];
}

export async function benchHeartbeat(): Promise<Measured> {
  let offsetMs = -hourMs;
  const boardClock = { ...systemClock, now: () => Date.now() + offsetMs };
  const fix = demoFix();
  const world = await startBenchWorld({ script: scriptFor(fix, undefined), boardClock });
  const seen = new Map<number, Size>();
  try {
    const first = await createEngineer(world.emulators, 'acme').file(fix.workItem);
    await world.beat();
    await world.reached(first, 'plan-ready');
    await lookOf(world);
    const board = boardOf(world);
    const ids = [first];
    for (const size of sizes) {
      // Items that are added were changed an hour ago.
      offsetMs = -hourMs;
      const more = Array.from({ length: size - ids.length }, () => board.add());
      ids.push(...more);
      await world.restart(() => copySession(world.stateFolder, first, more));
      await board.untilAllAreOld(ids);
      offsetMs = 0;
      seen.set(
        size,
        await measureSize(world, more, (ms) => {
          offsetMs = ms;
        }),
      );
    }
    await board.untilAllAreOld(ids);
    await world.restart(() => {});
    const cold = await lookOf(world);
    const looks = [...seen.values()].flatMap(({ unchanged, changed }) => [...unchanged, changed]);
    const of = (size: number) => seen.get(size);
    const each = sizes.flatMap((size) => [
      [`calls${size}`, of(size)?.changed.board ?? Number.NaN],
      [`callsUnchanged${size}`, median(of(size)?.unchanged.map(({ board: calls }) => calls) ?? [])],
      [`look${size}Ms`, median(of(size)?.unchanged.map(({ ms }) => ms) ?? [])],
    ]);
    const modelCalls1000 = [...looks, cold].reduce((sum, { model }) => sum + model, 0);
    return {
      medians: { ...Object.fromEntries(each), modelCalls1000, callsColdWorker: cold.board },
      rows: [
        ...[...seen].flatMap(([size, look]) => rowsOf(size, look)),
        { what: 'calls of a worker that must start first', values: [cold.board] },
        { what: 'calls to the model, all looks together', values: [modelCalls1000] },
      ],
    };
  } finally {
    await world.close();
  }
}
