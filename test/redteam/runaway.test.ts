/** Models that loop, spend and hide what they did. */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAzdoTool } from '../../src/connectors/azure-devops/tool.ts';
import { limits } from '../../src/limits.ts';
import { bindTools } from '../../src/tools/binder.ts';
import type { StoredText } from '../../src/work-items/tracker.ts';
import { acme, openTestStore } from '../store/fixture.ts';
import { modelRequests, refusals, said } from '../stories/look.ts';
import { filed } from '../stories/road.ts';
import { call, planning, scriptOf } from '../stories/scripts.ts';
import { startWorld, type World } from '../stories/world.ts';
import { turnOf } from '../tools/turn.ts';
import { tileIn } from '../work-items/fixture.ts';

const looping = 'An item whose model loops';
const spending = 'An item whose model spends';
const callsMade = limits.toolCallsInTurnMax + 20;
const azdoGet = call('mcp__jv__azdo', { action: 'get' });
/** What a call of the model costs that reads half a million tokens, at the least. */
const usdOfCall = 1;
const turnUsdMax = 2;

let world: World;
beforeAll(async () => {
  const loop = Array.from({ length: callsMade }, () => azdoGet).flat();
  const dear = [...azdoGet, { usage: { input: 500_000 } }];
  world = await startWorld({
    agents: [{ tenant: 'acme', config: { limits: { turnUsdMax, attemptsMax: 1 } } }, { tenant: 'globex' }],
    script: scriptOf(
      planning(looping, [loop]),
      planning(
        spending,
        Array.from({ length: 9 }, () => dear),
      ),
    ),
  });
});
afterAll(() => world.close());

test('RR-01 of a thousand calls of azdo the board sees no more than a turn may make', async () => {
  let reads = 0;
  const reading = {
    tile: async () => {
      reads += 1;
      return tileIn('Planning');
    },
    comments: async () => [],
    markdownOf: async ({ text }: StoredText) => text,
  };
  const none = async () => undefined;
  const redact = (text: string) => text;
  const writes = { comment: none, create: none, update: none };
  const azdo = createAzdoTool({ query: none, reads: reading, ...writes, linkHosts: [], redact });
  const records: string[] = [];
  const [tool] = bindTools({
    turn: turnOf(),
    platformTools: [azdo],
    hostTools: [],
    redact: (text) => text,
    limits,
    record: ({ outcome }) => records.push(outcome),
  });
  for (let made = 0; made < 1_000; made++) await tool?.call({ action: 'get' });
  expect(reads).toBe(limits.toolCallsInTurnMax);
  expect(records.filter((outcome) => outcome === 'refused')).toHaveLength(1_000 - limits.toolCallsInTurnMax);
});

test('RR-01 a turn that loops is refused each further call, and its item fails with the reason on the tile', async () => {
  const id = await filed(world, looping);
  await world.eventually('the first refusal', async () => (await refusals(world, id)).length > 0);
  await world.until(id, 'failed');
  expect(await refusals(world, id)).toEqual(Array.from({ length: 20 }, () => 'RATE'));
  await said(world, id, 'ATTEMPTS');
});

test('RR-04 the gateway stops a turn above its budget, and another agent continues', async () => {
  const before = modelRequests(world).length;
  const [id, other] = [await filed(world, spending), await world.fileBug('globex')];
  await Promise.all([world.until(id, 'failed'), world.until(other, 'plan-ready', 'globex')]);
  expect(await world.log(id)).toContain('BUDGET_TURN');
  const asked = modelRequests(world)
    .slice(before)
    .filter((text) => text.includes(spending));
  expect(asked.length).toBeLessThanOrEqual(Math.ceil(turnUsdMax / usdOfCall));
  await said(world, id, 'BUDGET_TURN');
});

test.each([
  ['edited', "update audit_entries set actor = 'person/bob' where seq = 2", 2],
  ['taken out', 'delete from audit_entries where seq = 2', 2],
  ['cut at its end', 'delete from audit_entries where seq = 3', 3],
  ['cut at its end, head and all', 'delete from audit_entries where seq = 3; delete from audit_heads', 1],
])('RR-06 an audit log that was %s is reported as broken', async (_, statement, brokenAt) => {
  const { store, folder } = await openTestStore();
  const entry = { agentId: acme, sessionId: '', actor: 'person/eve', target: acme, argsDigest: '', outcome: 'done' };
  for (const action of ['pause', 'resume', 'trust']) await store.audit.append({ ...entry, action });
  expect(await store.audit.verify(acme)).toEqual({ ok: true });
  const database = new Database(join(folder, 'state.db'));
  database.exec(statement);
  database.close();
  expect(await store.audit.verify(acme)).toMatchObject({ ok: false, brokenAt });
});
