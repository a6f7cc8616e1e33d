/** What is ours of running many nodes stays small: PostgreSQL has the rest. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../src');
const ours = ['store/claims/*.ts', 'store/fence.ts', 'store/database/shared-time.ts', 'supervisor/nodes/*.ts'];

/** Lines with code: neither empty nor a comment. */
const codeIn = (file: string) =>
  readFileSync(join(root, file), 'utf8')
    .split('\n')
    .filter((line) => /^\s*[^\s/*]/.test(line)).length;

it('has at most 700 lines of code for claims, wake times, fences, leases, shared bounds and the list of nodes', () => {
  const files = ours.flatMap((pattern) => globSync(pattern, { cwd: root }));
  expect(files.length).toBeGreaterThanOrEqual(10);
  expect(files.map(codeIn).reduce((total, count) => total + count, 0)).toBeLessThanOrEqual(700);
});
