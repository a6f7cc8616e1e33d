/** The checker itself: it finds each fault in a history that has it, and nothing in one that has none. */
import { expect, it } from 'vitest';
import { check } from './checker.ts';
import type { Entry, Kind } from './history.ts';

const session = 's-1';

/** Entries as `at kind`, with who wrote or until when in the third place. What is due was woken. */
const told = (...lines: string[]): Entry[] =>
  lines.flatMap((line): Entry[] => {
    const [at = '', kind = '', third] = line.split(' ');
    const more = third === undefined ? {} : kind === 'write' ? { holder: third } : { until: Number(third) };
    const entry = { kind: kind as Kind, session, at: Number(at), ...more };
    return kind === 'due' ? [{ kind: 'wake', session, at: Number(at) }, entry] : [entry];
  });

const faultsIn = (history: readonly Entry[], gapMsMax = 1_000) =>
  check(history, { gapMsMax }).findings.map(({ fault, at }) => `${at} ${fault}`);

it('finds nothing in work that is done once by one owner', () => {
  const history = told('0 due 0', '10 claim', '11 write a', '50 write a', '90 done');
  expect(faultsIn(history)).toEqual([]);
  expect(check(history, { gapMsMax: 1_000 }).gapsMs).toEqual([11]);
});

it('finds nothing in work that a node left and another one did, once its lease was over', () => {
  const history = told('0 due 0', '10 claim', '11 write a', '400 claim 399', '401 write b', '500 done');
  expect(faultsIn(history)).toEqual([]);
});

it('finds a write that was accepted after another claim', () => {
  const history = told('0 due 0', '10 claim', '11 write a', '400 claim 399', '401 write b', '402 write a', '500 done');
  expect(faultsIn(history)).toEqual(['402 two owners']);
});

it('finds a write of somebody who had claimed before and speaks for the first time', () => {
  const history = told('0 due 0', '10 claim', '400 claim 399', '401 write a', '402 write b', '500 done');
  expect(faultsIn(history)).toEqual(['402 two owners']);
});

it('finds two who write by one claim, as after a takeover that lost the other', () => {
  const history = told('0 due 0', '10 claim', '11 write a', '12 write b', '13 write a', '90 done');
  expect(faultsIn(history)).toEqual(['12 two owners']);
});

it('finds a claim that took a lease which was not over', () => {
  const history = told('0 due 0', '10 claim', '11 write a', '400 claim 401', '402 write b', '500 done');
  expect(faultsIn(history)).toEqual(['400 taken early']);
});

it('finds work that nobody took, and work that nobody finished', () => {
  expect(faultsIn(told('0 due 0'))).toEqual(['0 lost']);
  expect(faultsIn(told('0 due 0', '10 claim', '11 write a'))).toEqual(['0 lost']);
});

it('finds a wake that came while the session was at work, and was forgotten', () => {
  const history = told('0 due 0', '10 claim', '11 write a', '50 due 50', '90 done');
  expect(faultsIn(history)).toEqual(['50 lost']);
  expect(faultsIn([...history, ...told('95 claim', '96 write b', '99 done')])).toEqual([]);
});

it('does not count a claim as one for work that was not due yet', () => {
  const history = told(
    '0 due 0',
    '10 claim',
    '11 write a',
    '12 due 500',
    '13 over',
    '20 claim',
    '21 write b',
    '30 done',
  );
  expect(faultsIn(history)).toEqual(['12 lost']);
});

it('finds work that was done twice for one wake', () => {
  const history = told('0 due 0', '10 claim', '11 write a', '90 done', '95 claim', '96 write b', '99 done');
  expect(faultsIn(history)).toEqual(['99 repeated']);
});

it('finds work that waited too long: before anybody began, after its node fell silent, and after its node gave it back', () => {
  expect(faultsIn(told('0 due 0', '2000 claim', '2001 write a', '2002 done'))).toEqual(['2001 stuck']);
  const left = told('0 due 0', '10 claim', '11 write a', '2000 claim 1999', '2001 write b', '2002 done');
  expect(faultsIn(left)).toEqual(['2001 stuck']);
  const back = told(
    '0 due 0',
    '10 claim',
    '11 write a',
    '12 over',
    '12 due 12',
    '2000 claim',
    '2001 write b',
    '2002 done',
  );
  expect(faultsIn(back)).toEqual(['2001 stuck']);
});

it('does not count the time in which nobody asked for anything', () => {
  const history = told(
    '0 due 0',
    '10 claim',
    '11 write a',
    '20 done',
    '9000 due 9000',
    '9010 claim',
    '9011 write b',
    '9020 done',
  );
  expect(faultsIn(history)).toEqual([]);
});

it('counts a wait from when work was possible again', () => {
  const history = told('0 due 0', '10 claim', '11 write a', '9000 claim 8999', '9001 write b', '9002 done');
  expect(check(history, { gapMsMax: 1_000, backAt: 8_500 })).toEqual({ findings: [], gapsMs: [11, 501] });
});
