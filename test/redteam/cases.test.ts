import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cases } from './cases.ts';

test('each of the 56 cases has a test whose title begins with its id', () => {
  const files = globSync('*.test.ts', { cwd: import.meta.dirname });
  const texts = files.map((file) => readFileSync(join(import.meta.dirname, file), 'utf8')).join('\n');
  const ids = Object.keys(cases);
  expect(ids).toHaveLength(56);
  expect(ids.filter((id) => !new RegExp(`['"\`]${id}\\b`).test(texts))).toEqual([]);
});
