import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Reply } from '../../emulators/anthropic/script.ts';
import { modelRequests, said } from './look.ts';
import { jvagent } from './operator.ts';
import { filed } from './road.ts';
import { after, call, planning, scriptOf, submitPlan } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const long = 'An item whose model never comes to an end';
const silent = 'An item whose model falls silent';
const dear = 'An item whose model reads a million tokens';
const longText = 'An item whose text is longer than the model takes in';
const hopeless = 'An item that stays too long however it is cut';
/** Stands behind the part of a text that is left when it is cut. */
const lastWords = 'the last words of a long text';
const tooLong: Reply = [
  {
    error: {
      status: 400,
      type: 'invalid_request_error',
      message: 'prompt is too long: 210000 tokens > 200000 maximum',
    },
  },
];
const look = call('mcp__jv__azdo', { action: 'get' });

let world: World;
beforeAll(async () => {
  const limits = { turnMinutesMax: 0.4, stallMinutesMax: 0.2, attemptsMax: 1, itemUsdMax: 2, turnsAtOnceMax: 3 };
  world = await startWorld({
    agents: [{ tenant: 'acme', config: { limits } }],
    script: scriptOf(
      planning(
        long,
        Array.from({ length: 20 }, () => after(2_000, look)),
      ),
      planning(hopeless, [tooLong]),
      planning(`${longText}.*${lastWords}`, [tooLong]),
      planning(longText, [submitPlan()]),
      planning(silent, [look, after(60_000, submitPlan())]),
      planning(dear, [[...look, { usage: { input: 1_000_000 } }], submitPlan()]),
    ),
  });
});
afterAll(() => world.close());

test('each way a turn can end is distinct in the log, in show and on the tile', async () => {
  const ways = [
    [await filed(world, long), 'timed out', 'TURN_TIME'],
    [await filed(world, dear), 'over budget', 'BUDGET_ITEM'],
  ] as const;
  for (const [id, outcome, code] of ways) {
    const { item } = await world.until(id, 'failed');
    expect(item?.refusal?.refused).toBe(code);
    const shown = JSON.parse(await jvagent(world, 'show', 'codechange/acme', `wi-${id}`, '--json'));
    expect(shown).toMatchObject({ phase: 'failed', outcome });
    const ended = shown.log.filter(({ kind }: { kind: string }) => kind === 'turn-ended');
    expect(ended.at(-1).text).toContain(outcome);
    await said(world, id, `**This failed** (${code})`);
    expect(await world.engineer().state(id)).toBe('Failed');
  }
});

test("a model that says nothing for too long is its provider's fault: the item waits, and no attempt is used up", async () => {
  const id = await filed(world, silent);
  await world.eventually('a wait for the model', async () => (await world.session(id))?.waits?.system === 'model');
  const { item, waits } = (await world.session(id)) ?? {};
  expect(item).toMatchObject({ phase: 'planning', counts: { attempts: 0 } });
  expect(waits).toMatchObject({ refused: 'OUTSIDE_UNREACHABLE', why: expect.stringMatching(/sent nothing for \d+/) });
  const shown = JSON.parse(await jvagent(world, 'show', 'codechange/acme', `wi-${id}`, '--json'));
  expect(shown).toMatchObject({ phase: 'planning', outcome: 'stalled' });
});

test('a text too long for the model is cut and tried once; if that does not help, the item fails with its size', async () => {
  const description = `${'word '.repeat(14_000)}${lastWords}`;
  const [id, never] = [
    await world.engineer().file({ title: longText, description, type: 'Bug' }),
    await world.engineer().file({ title: hopeless, description, type: 'Bug' }),
  ];
  expect((await world.until(id, 'plan-ready')).item?.counts.attempts).toBe(0);
  const { item } = await world.until(never, 'failed');
  expect(item?.refusal).toMatchObject({
    refused: 'MODEL_REFUSED',
    why: expect.stringMatching(/too long.*\d{5} bytes.*210000 tokens/),
    fix: expect.stringContaining('Shorten the work item'),
  });
  const asked = modelRequests(world).filter((body) => body.includes(hopeless));
  expect(asked).toHaveLength(2);
  expect(asked[1]).toContain('more characters are left out');
});
