/** What a database that is away, or has no room, makes of a query. */
import { expect, test } from 'vitest';
import { isAway } from '../../../src/store/database/postgres.ts';

const coded = (code: string) => Object.assign(new Error('said by the server'), { code });
const refused = Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { syscall: 'connect' });

test.each([
  ['no answer', new Error('Query read timeout'), true],
  ['no connection', new Error('timeout exceeded when trying to connect'), true],
  ['a broken connection', new Error('Connection terminated unexpectedly'), true],
  ['a server that stops', coded('57P01'), true],
  ['too many connections', coded('53300'), true],
  ['a server that takes no writes', coded('25006'), true],
  ['a server that is not there', refused, true],
  ['a file that cannot be opened', Object.assign(new Error('ENOENT'), { syscall: 'open' }), false],
  ['a name with two addresses', new AggregateError([refused, refused]), true],
  ['a row that is there already', coded('23505'), false],
  ['faults of ours', new AggregateError([new Error('x is undefined')]), false],
  ['anything else', new Error('x is undefined'), false],
])('%s is told in one line: %#', (_, error, expected) => {
  expect(isAway(error)).toBe(expected);
});
