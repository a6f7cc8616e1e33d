/** What docs/try-it.md has people break does what the page says; test/browser/try-it.test.ts walks through the rest. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeTryRepository } from '../../emulators/demo-repository/try-repository.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/try-it.md'), 'utf8');
const [, , old = '', replaced = '', file = ''] =
  /(``)Replace `(.+)` with `(.+)` in `(.+)`\.``[^\n]* The tests fail/.exec(text) ?? [];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'try-it-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the replacement after which the tests fail is possible, and they pass without it', () => {
  const { source } = writeTryRepository(folder, 'npm test');
  const passes = () => spawnSync(process.execPath, ['test.js'], { cwd: source, timeout: 30_000 }).status === 0;
  expect(passes()).toBe(true);
  const path = join(source, file);
  const before = readFileSync(path, 'utf8');
  expect(before).toContain(old);
  writeFileSync(path, before.replaceAll(old, replaced));
  expect(passes()).toBe(false);
});
