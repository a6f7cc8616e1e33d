import { expect, onTestFinished, test } from 'vitest';
import { readArchive } from '../../src/git/archive.ts';
import { accepted, codeOf, createFixture } from './fixture.ts';

test('a commit as a tar has its files, and is refused where it is too large', async () => {
  const { repository, base, close } = await createFixture({ 'dir/large.txt': 'x'.repeat(1_000_000) });
  onTestFinished(close);
  expect(accepted(await readArchive(repository, base)).includes('dir/large.txt')).toBe(true);
  expect(codeOf(await readArchive(repository, base, 1 << 18))).toBe('CONFIG_INVALID');
});
