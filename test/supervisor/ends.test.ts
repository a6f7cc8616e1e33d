/** A node that stops leaves nothing behind because one part of it could not end. */
import { expect, test } from 'vitest';
import { createEnds } from '../../src/supervisor/ends.ts';

test('every part that began ends, in one order, and what fails is told once', async () => {
  const ended: string[] = [];
  const warned: string[] = [];
  const ends = createEnds({ warn: (text: unknown) => void warned.push(String(text)) });
  ends.add('the lock', () => ended.push('the lock'));
  ends.add('the database', async () => {
    throw new Error('Query read timeout');
  });
  ends.add('giving turns back', () => {
    throw new Error('no connection');
  });
  ends.add('leases', () => ended.push('leases'));
  ends.add('turns', async () => ended.push('turns'));
  ends.add('hooks', () => ended.push('hooks'));
  await ends.all();
  expect(ended).toEqual(['hooks', 'turns', 'leases', 'the lock']);
  expect(warned).toEqual(['stopping, giving turns back: no connection', 'stopping, the database: Query read timeout']);
});
