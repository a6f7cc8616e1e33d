import { expect, test } from 'vitest';
import { type Fact, judge } from '../live/fact.ts';
import { startLiveWorld } from './live-world.ts';

const inSlack = (change: Fact<'slack'>['try']): Fact<'slack'> => ({
  ...{ id: 'in-slack', fact: 'It is so.', source: 'assumed', usedIn: 'src/main.ts', needs: ['slack'], try: change },
});

async function startOthers() {
  const world = await startLiveWorld();
  world.write(world.others);
  return {
    ...world,
    go: (facts?: readonly Fact[]) => world.run({ typed: async () => world.channel, ...(facts && { facts }) }),
  };
}

test('every fact of Slack and of an instance holds against the emulators, and no message is left', async () => {
  const world = await startOthers();
  const { report } = await world.go();
  const tried = report.tried.filter(({ fact }) => /^(slack|instance)-/.test(fact.id));
  const verdicts = tried.map(({ fact, verdict }) => ({ id: fact.id, ...verdict }));
  expect(verdicts.filter(({ verdict }) => verdict !== 'holds')).toEqual([]);
  expect(verdicts).toHaveLength(17);
  expect(report.left).toEqual([]);
  expect(report.removed.length).toBeGreaterThan(10);
  expect(world.messages()).toEqual([]);
});

test('without a project the channel is what a person types', async () => {
  const world = await startOthers();
  await expect(world.run({ typed: async () => 'C0OTHER' })).rejects.toThrow(`C0OTHER is not ${world.channel}`);
  expect(world.faults.requests()).toEqual([]);
});

test('a channel in which somebody talks is refused before anything is written', async () => {
  const world = await startOthers();
  world.person.say(world.channel, 'good morning');
  await expect(world.go()).rejects.toThrow(/not empty: it holds 1 messages of others. Nothing was changed/);
  expect(world.messages()).toEqual(['good morning']);
});

test('a channel that another company reads is refused', async () => {
  const world = await startOthers();
  world.share();
  await expect(world.go()).rejects.toThrow('people of another company');
  expect(world.messages()).toEqual([]);
});

test('a person who writes the name of a run is somebody too', async () => {
  const world = await startOthers();
  world.person.say(world.channel, 'jvagent-live-0123ab was here');
  await expect(world.go()).rejects.toThrow('1 messages of others');
  expect(world.messages()).toHaveLength(1);
});

test('what somebody says meanwhile stays', async () => {
  const world = await startOthers();
  const talked = inSlack(async ({ slack }) => {
    await slack.send({ kind: 'post', text: `${slack.run} a message` });
    world.person.say(world.channel, 'who is that?');
    return judge(true, 'somebody talks');
  });
  const { report } = await world.go([talked]);
  expect(report.tried[0]?.verdict.verdict).toBe('holds');
  expect(report.left).toEqual([]);
  expect(world.messages()).toEqual(['who is that?']);
});

test('messages of an earlier run are found by their first words, threads too, and go', async () => {
  const world = await startOthers();
  const breaking = inSlack(async ({ slack }) => {
    const { ts } = await slack.send({ kind: 'post', text: `${slack.run} a root` });
    await slack.send({ kind: 'post', text: `${slack.run} an answer` }, ts);
    world.faults.add({ target: 'slack', match: { path: 'chat.delete' }, do: { status: 503 } });
    return judge(true, 'sent');
  });
  const first = await world.go([breaking]);
  expect(first.report.left).toHaveLength(2);
  expect(world.messages()).toHaveLength(2);
  world.faults.clear();
  const second = await world.go([]);
  expect(second.notes.filter((note) => note.startsWith('removed from an earlier run: message'))).toHaveLength(2);
  expect(world.messages()).toEqual([]);
});

test('Slack that wants to be asked less often says nothing about a fact', async () => {
  const world = await startOthers();
  const limited = { status: 429, headers: { 'retry-after': '30' }, body: { ok: false, error: 'ratelimited' } };
  const breaking = inSlack(async ({ slack }) => {
    world.faults.add({ target: 'slack', match: { path: 'chat.postMessage' }, do: limited });
    await slack.send({ kind: 'post', text: slack.run });
    return judge(true, 'sent');
  });
  const { report } = await world.go([breaking]);
  expect(report.tried[0]?.verdict).toMatchObject({ verdict: 'not tried', why: expect.stringContaining('30 s') });
});

test('an instance only gets the commit that it runs', async () => {
  const world = await startOthers();
  const before = world.instance.version();
  await world.go();
  expect(world.instance.history().map(({ sha }) => sha)).toEqual([before]);
  expect(world.instance.version()).toBe(before);
});
