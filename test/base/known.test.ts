import { expect, expectTypeOf, it } from 'vitest';
import { known } from '../../src/base/known.ts';

const maybe = (text: string | undefined) => text;

it('leaves out what is undefined, and nothing else', () => {
  const fields = known({ a: maybe(undefined), b: null, c: false, d: 0, e: '' });
  expect(Object.entries(fields)).toEqual([
    ['b', null],
    ['c', false],
    ['d', 0],
    ['e', ''],
  ]);
});

it('overrides nothing with what is undefined', () => {
  expect({ a: 'kept', b: 'old', ...known({ a: maybe(undefined), b: maybe('new') }) }).toEqual({ a: 'kept', b: 'new' });
});

it('tells the compiler which fields may be absent', () => {
  const fields = known({ kind: 'told', text: maybe('x') });
  expectTypeOf(fields.kind).toEqualTypeOf<'told'>();
  const taken: { kind: 'told'; text?: string } = fields;
  expect(taken).toEqual({ kind: 'told', text: 'x' });
  // @ts-expect-error: a field that may be absent is none that is there
  const whole: { text: string } = fields;
  expect(whole).toBe(fields);
});
