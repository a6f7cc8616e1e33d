import { expect, test } from 'vitest';
import { createPrint } from '../../src/cli/print.ts';
import { type Fact, judge, notTried, type Verdict } from '../live/fact.ts';
import { isMarked, namesRun, newRun } from '../live/mark.ts';
import { foreignCode } from '../live/places/code.ts';
import { isGood, printTable } from '../live/report.ts';
import type { LiveReport, Tried } from '../live/run.ts';

function triedAs(id: string, verdict: Verdict, against: Tried['against'] = 'live'): Tried {
  const fact: Fact = {
    ...{ id, fact: `The sentence of ${id}.`, source: 'assumed', usedIn: 'src/main.ts', needs: [] },
    try: async () => verdict,
  };
  return { fact, verdict, against };
}

const clean = { run: 'jvagent-live-0123ab', removed: [], left: [], isStopped: false };
const good = triedAs('good', judge(true, 'as it should be'));
const bad = triedAs('bad', judge(false, '418 teapot'));
const skipped = triedAs('skipped', notTried('no setting'), 'nothing');

function printed(report: LiveReport): string {
  let out = '';
  const add = (text: string) => {
    out += text;
  };
  printTable(createPrint({ out: add, err: add }), report);
  return out;
}

test('the table says each verdict, what relies on a fact that does not hold, and the counts at the end', () => {
  const out = printed({ ...clean, tried: [good, bad, skipped] });
  expect(out.split('\n')).toEqual([
    'FACT     VERDICT',
    'good     holds',
    'bad      does not hold: 418 teapot',
    'skipped  not tried: no setting',
    'bad: The sentence of bad. src/main.ts relies on it.',
    '1 passed, 1 failed, 1 skipped',
    '',
  ]);
});

test('what was left is named one by one, and only verdicts of emulators are said to be about them', () => {
  const left = ['in project A of b, work item 7: 503'];
  expect(printed({ ...clean, tried: [good], left })).toContain('Left behind: in project A of b, work item 7: 503\n');
  expect(printed({ ...clean, tried: [good] })).not.toContain('Not run live');
  const emulated = triedAs('emulated', judge(true, 'so'), 'emulator');
  expect(printed({ ...clean, tried: [good, emulated] })).toContain('Not run live: 1 verdict about emulators');
});

test('a run is good only if every tried fact holds, nothing is left and nobody stopped it', () => {
  expect(isGood({ ...clean, tried: [good, skipped] })).toBe(true);
  expect(isGood({ ...clean, tried: [good, bad] })).toBe(false);
  expect(isGood({ ...clean, tried: [good], left: ['a'] })).toBe(false);
  expect(isGood({ ...clean, tried: [good], isStopped: true })).toBe(false);
});

test('a repository is foreign by its branches and its pull requests, and unusable without a commit', () => {
  const ours = `${newRun()}/1-base`;
  const own = { branches: ['main', ours], pulls: [{ number: 2, branch: ours }], defaultBranch: 'main' };
  expect(foreignCode(own, isMarked)).toEqual([]);
  const used = { ...own, branches: ['main', 'next'], pulls: [{ number: 3, branch: 'main' }] };
  expect(foreignCode(used, isMarked)).toEqual(['the branch next', 'the pull request 3']);
  expect(() => foreignCode({ ...own, branches: [] }, isMarked)).toThrow('it has no commit yet');
});

test('only the whole name of a run is a mark', () => {
  expect(isMarked(newRun())).toBe(true);
  expect(isMarked(`${newRun()}-b`)).toBe(true);
  const others = [
    'jvagent-live',
    'jvagent-live-plan',
    'jvagent-live-0123abc',
    'my-jvagent-live-0123ab',
    'JVAGENT-LIVE-0123AB',
  ];
  expect(others.filter(isMarked)).toEqual([]);
  expect(namesRun(`… ${newRun()} hello`)).toBe(true);
  expect(namesRun(`${'a long text about '.repeat(3)}${newRun()}`)).toBe(false);
});
