import { expect, test } from 'vitest';
import { OutsideError } from '../../src/base/errors.ts';
import { type Fact, judge } from '../live/fact.ts';
import { facts } from '../live/facts.ts';
import { Stop } from '../live/settings.ts';
import { project, startLiveWorld } from './live-world.ts';

/** A fact of a test, which does something to its world in the middle of a run. */
const doing = (id: string, change: Fact<'board'>['try']): Fact<'board'> => ({
  ...{ id, fact: 'It is so.', source: 'assumed', usedIn: 'src/main.ts', needs: ['board'], try: change },
});
const made = (id: string) =>
  doing(id, async ({ board }) => judge((await board.make(id)).id > 0, 'a work item was made'));
const broken = { target: 'azureDevOps', do: { status: 503, body: 'down' } } as const;

test.each(['repos', 'github'] as const)(
  'every fact of the board and of %s holds against the emulators, nothing is left, and the default branch stays',
  async (host) => {
    const world = await startLiveWorld();
    world.write(world[host]);
    const before = await world.head(host === 'repos' ? 'azure' : 'github');
    const { report } = await world.run();
    expect(await world.head(host === 'repos' ? 'azure' : 'github')).toBe(before);
    const tried = report.tried.filter(({ fact }) => fact.needs.every((need) => need === 'board' || need === host));
    const verdicts = tried.map(({ fact, verdict }) => ({ id: fact.id, ...verdict }));
    expect(verdicts.filter(({ verdict }) => verdict !== 'holds')).toEqual([]);
    expect(verdicts.length).toBeGreaterThan(30);
    expect(new Set(tried.map(({ against }) => against))).toEqual(new Set(['emulator']));
    const others = report.tried
      .filter((one) => !tried.includes(one))
      .map(({ verdict }) => 'why' in verdict && verdict.why);
    const elsewhere = `GIT_REMOTE is not at ${host === 'repos' ? 'GitHub' : 'Azure Repos'}`;
    expect(new Set(others)).toEqual(
      new Set([
        elsewhere,
        'live.env does not set SLACK_BOT_TOKEN, SLACK_CHANNEL',
        'live.env does not set INSTANCE_URL, INSTANCE_API_TOKEN',
      ]),
    );
    expect(report).toMatchObject({ left: [], isStopped: false });
    expect(report.removed.filter((what) => what.startsWith('branch ')).length).toBeGreaterThan(10);
    expect(world.titles()).toEqual([]);
    expect(await world.branches(host === 'repos' ? 'azure' : 'github')).toEqual(['main']);
  },
);

test('everything that it makes bears the mark of the run', async () => {
  const world = await startLiveWorld();
  world.write();
  const [titles, tags]: string[][] = [[], []];
  const look = doing('look', async () => {
    titles?.push(...world.titles());
    tags?.push(...world.tags());
    return judge(true, 'seen');
  });
  const { report } = await world.run({ facts: [...facts.filter(({ id }) => id !== 'board-deleted'), look] });
  expect(titles?.length).toBeGreaterThan(15);
  expect(titles?.filter((title) => !title.startsWith(`${report.run} `))).toEqual([]);
  expect(tags?.filter((tag) => !tag.startsWith(report.run))).toEqual([]);
});

test('without settings nothing is asked of anybody, and each fact says what is missing', async () => {
  const world = await startLiveWorld();
  world.write({});
  const { report, notes } = await world.run();
  const whys = report.tried.map(({ verdict, against }) => [verdict.verdict, 'why' in verdict && verdict.why, against]);
  expect(whys.map(([verdict, , against]) => [verdict, against])).toEqual(facts.map(() => ['not tried', 'nothing']));
  expect(whys[0]?.[1]).toBe('live.env does not set AZDO_ORG, AZDO_PROJECT, AZDO_PAT');
  expect(notes.join('\n')).toContain('AZDO_PAT=...');
  expect(world.faults.requests()).toEqual([]);
});

test.each([
  ['a wrong name', 'AcmeProduction', 'AcmeProduction is not AcmeLive. Nothing was changed.'],
  ['nobody to type it', undefined, '--yes-i-mean AcmeLive. Nothing was changed.'],
])('%s stops it before the first request', async (_, name, words) => {
  const world = await startLiveWorld();
  world.write();
  await expect(world.run({ typed: async () => name })).rejects.toThrow(words);
  expect(world.faults.requests()).toEqual([]);
});

test('a project that somebody uses is refused before any change, with what it holds', async () => {
  const world = await startLiveWorld();
  world.write();
  const { id } = await world.file('Of a customer');
  const words = `The project ${project} of acme is not empty: it holds work item ${id}. Nothing was changed.`;
  const before = world.changes().length;
  const refused = await world.run().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(Stop);
  expect(String(refused)).toContain(words);
  expect(world.changes()).toHaveLength(before);
  expect(world.titles()).toEqual(['Of a customer']);
});

test.each(['repos', 'github'] as const)(
  'a repository of %s with a branch of somebody is refused before any change',
  async (host) => {
    const world = await startLiveWorld();
    world.write(world[host]);
    await world.branch(host === 'repos' ? 'azure' : 'github', 'feature/of-a-customer');
    await expect(world.run()).rejects.toThrow(
      /app.* is not empty: it holds the branch feature\/of-a-customer\. Nothing was/,
    );
    expect(world.changes()).toEqual([]);
  },
);

test('branches and pull requests of an earlier run go, also where their removal failed then', async () => {
  const world = await startLiveWorld();
  world.write(world.github);
  const breaking: Fact<'github'> = {
    ...{ id: 'breaking', fact: 'It is so.', source: 'assumed', usedIn: 'src/main.ts', needs: ['github'] },
    async try({ github }) {
      const { number } = await github.open(await github.branches());
      world.faults.add({ target: 'github', match: { method: 'DELETE' }, do: { status: 503 } });
      return judge(number > 0, 'opened');
    },
  };
  const first = await world.run({ facts: [breaking] });
  expect(first.report.removed).toEqual(['pull request 1 in repository acme/app']);
  expect(first.report.left).toEqual([expect.stringContaining('503'), expect.stringContaining('503')]);
  expect(await world.branches('github')).toHaveLength(3);
  world.faults.clear();
  await world.run({ facts: [] });
  expect(await world.branches('github')).toEqual(['main']);
});

test('a project that cannot be read is said with the reason, and nothing is changed', async () => {
  const world = await startLiveWorld();
  world.write({ ...world.board, AZDO_PAT: 'a-token-of-nobody-0123456789' });
  await expect(world.run()).rejects.toThrow(/could not be read: .*401[\s\S]*Nothing was changed/);
  expect(world.changes()).toEqual([]);
});

test('a server that breaks in the middle says nothing about the facts, and what was made is removed once it is back', async () => {
  const world = await startLiveWorld();
  world.write();
  const breaking = doing('breaking', async () => {
    world.faults.add({ ...broken, match: { method: 'POST', path: '/workitems/' } });
    return judge(true, 'broken from now on');
  });
  const { report } = await world.run({ facts: [made('before'), breaking, made('after')] });
  expect(report.tried.map(({ verdict }) => verdict)).toEqual([
    expect.objectContaining({ verdict: 'holds' }),
    expect.objectContaining({ verdict: 'holds' }),
    expect.objectContaining({ verdict: 'not tried', why: expect.stringContaining('503') }),
  ]);
  expect(report.removed).toHaveLength(1);
  expect(report.left).toEqual([]);
  expect(world.titles()).toEqual([]);
});

test('a removal that fails once is tried again', async () => {
  const world = await startLiveWorld();
  world.write();
  const breaking = doing('breaking', async () => {
    world.faults.add({ ...broken, match: { method: 'DELETE' }, times: 1 });
    return judge(true, 'broken for one request');
  });
  const { report } = await world.run({ facts: [made('before'), breaking] });
  expect(report.left).toEqual([]);
  expect(report.removed).toHaveLength(1);
  expect(world.titles()).toEqual([]);
});

test('what could not be removed is named, and the next run removes it', async () => {
  const world = await startLiveWorld();
  world.write();
  const breaking = doing('breaking', async () => {
    world.faults.add({ ...broken, match: { method: 'DELETE' } });
    return judge(true, 'broken from now on');
  });
  const first = await world.run({ facts: [made('before'), breaking] });
  expect(first.report.removed).toEqual([]);
  expect(first.report.left).toEqual([expect.stringMatching(/in project AcmeLive of acme, work item \d+: .*503/)]);
  expect(world.titles()).toHaveLength(1);
  world.faults.clear();
  const second = await world.run({ facts: [] });
  expect(second.notes.join('\n')).toMatch(/removed from an earlier run: work item \d+/);
  expect(world.titles()).toEqual([]);
});

test('a system that cannot even be searched any more is said to hold something', async () => {
  const world = await startLiveWorld();
  world.write();
  const breaking = doing('breaking', async () => {
    world.faults.add(broken);
    return judge(true, 'broken from now on');
  });
  const { report } = await world.run({ facts: [made('before'), breaking] });
  expect(report.left).toEqual([expect.stringContaining('whatever is left, which could not be looked for')]);
});

test('what lost its mark meanwhile is somebody else’s and stays', async () => {
  const world = await startLiveWorld();
  world.write();
  const taken = doing('taken', async ({ board }) => {
    const { id } = await board.make('taken');
    await world.set(id, { 'System.Tags': 'customer' });
    return judge(true, 'now somebody else uses it');
  });
  const { report } = await world.run({ facts: [taken] });
  expect(report.removed).toEqual([]);
  expect(report.left).toEqual([expect.stringContaining('it does not bear our tag any more')]);
  expect(world.titles()).toHaveLength(1);
});

test('an answer that was not expected is a fact that does not hold, with what was seen', async () => {
  const world = await startLiveWorld();
  world.write();
  const refused = {
    target: 'azureDevOps',
    match: { method: 'PATCH' },
    do: { status: 409, body: { typeKey: 'Other', message: 'no' } },
  } as const;
  world.faults.add(refused);
  const { report } = await world.run({ facts: facts.filter(({ id }) => id === 'board-unknown-state') });
  expect(report.tried[0]?.verdict).toEqual({ verdict: 'does not hold', seen: '409 Other no' });
  const thrown = doing('thrown', async () => {
    throw new OutsideError('answered 422', { system: 's', request: 'r', kind: 'refused' });
  });
  const second = await world.run({ facts: [thrown] });
  expect(second.report.tried[0]?.verdict).toEqual({ verdict: 'does not hold', seen: 'answered 422' });
});

test('stopped in the middle, it tries no further fact and still removes what it made', async () => {
  const world = await startLiveWorld();
  world.write();
  const stop = new AbortController();
  const stopping = doing('stopping', async ({ board }) => {
    stop.abort();
    return judge((await board.make('too late')).id > 0, 'made');
  });
  let isBegun = false;
  const after = doing('after', async () => {
    isBegun = true;
    return judge(true, 'begun');
  });
  const { report } = await world.run({ facts: [made('before'), stopping, after], stop: stop.signal });
  expect(isBegun).toBe(false);
  expect(report.tried.map(({ verdict }) => verdict.verdict)).toEqual(['holds', 'not tried', 'not tried']);
  expect(report).toMatchObject({ isStopped: true, left: [] });
  expect(report.removed).toHaveLength(1);
  expect(world.titles()).toEqual([]);
});

test('a token that a server quotes is not told on', async () => {
  const world = await startLiveWorld();
  world.write();
  const quoting = { status: 409, body: { typeKey: 'Other', message: `bad ${world.board.AZDO_PAT}` } };
  world.faults.add({ target: 'azureDevOps', match: { method: 'PATCH' }, do: quoting });
  const { report } = await world.run({ facts: facts.filter(({ id }) => id === 'board-unknown-state') });
  expect(report.tried[0]?.verdict).toEqual({
    verdict: 'does not hold',
    seen: '409 Other bad [jvagent-redacted:AZDO_PAT]',
  });
});
