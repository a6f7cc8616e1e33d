/** Measures what one look at the board costs with 1,000 work items that wait for approval: calls to the board and to the model. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createItem, updateItem } from '../emulators/azure-devops/items/change.ts';
import { readPatch } from '../emulators/azure-devops/items/patch.ts';
import type { Person } from '../emulators/azure-devops/model.ts';
import { demoFix, scriptFor } from '../emulators/demo-repository/model-script.ts';
import { createEngineer } from '../emulators/engineer.ts';
import { projectOf } from '../emulators/tenants.ts';
import { systemClock } from '../src/base/clock.ts';
import { agentId, type BenchWorld, startBenchWorld } from './world.ts';

export interface HeartbeatBench {
  /** Calls to the board when the priority of 10 of the 1,000 items changed after the last look. */
  calls1000: number;
  modelCalls1000: number;
  /** The same when nothing changed. */
  callsUnchanged1000: number;
  /** The same with 10 changes for a newly started worker, which also reads the owner of its token and the board's states. */
  callsColdWorker1000: number;
}

const itemsCount = 1_000;
const changedCount = 10;
const hourMs = 3_600_000;

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

/** The calls of one look at the board, including everything that follows. */
async function callsOfBeat(world: BenchWorld): Promise<{ board: number; model: number }> {
  const { store } = world.supervisor;
  const requests = () => world.emulators.faults.requests();
  const last = async () => (await store.agents.get(agentId))?.lastHeartbeatAt;
  const [before, beaten] = [requests().length, await last()];
  await world.beat();
  await world.eventually('a look at the board', async () => {
    if ((await last()) === beaten) return false;
    const sessions = await store.sessions.list(agentId);
    return (
      sessions.every(({ leaseOwner }) => leaseOwner === undefined) &&
      (await store.sessions.due({ max: 1 })).length === 0
    );
  });
  const calls = requests().slice(before);
  const to = (target: string) => calls.filter((call) => call.target === target).length;
  return { board: to('azureDevOps'), model: to('anthropic') };
}

export async function benchHeartbeat(): Promise<HeartbeatBench> {
  let offsetMs = -hourMs;
  const boardClock = { ...systemClock, now: () => Date.now() + offsetMs };
  const fix = demoFix();
  const world = await startBenchWorld({ script: scriptFor(fix, undefined), boardClock });
  try {
    const first = await createEngineer(world.emulators, 'acme').file(fix.workItem);
    await world.beat();
    await world.reached(first, 'plan-ready');
    await callsOfBeat(world);
    const board = boardOf(world);
    const others = Array.from({ length: itemsCount - 1 }, () => board.add());
    const changed = others.slice(0, changedCount);
    await world.restart(() => copySession(world.stateFolder, first, others));
    // Everything so far was an hour ago, so it does not count as a change.
    offsetMs = 0;
    await callsOfBeat(world);
    const unchanged = await callsOfBeat(world);
    for (const id of changed) board.prioritize(id, 1);
    const some = await callsOfBeat(world);
    await world.restart(() => {});
    const cold = await callsOfBeat(world);
    return {
      calls1000: some.board,
      modelCalls1000: some.model + unchanged.model + cold.model,
      callsUnchanged1000: unchanged.board,
      callsColdWorker1000: cold.board,
    };
  } finally {
    await world.close();
  }
}
