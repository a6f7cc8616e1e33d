import { expect, test } from 'vitest';
import { executing, ourClaim, sha, tileIn } from '../work-items/fixture.ts';
import { createWorld } from '../work-items/ports.ts';
import { stage } from './world.ts';

test('a push of a commit that is already on the branch sends nothing', async () => {
  const branch = 'feature/acme-12';
  const world = createWorld({ tile: tileIn('In Progress'), change: ourClaim, heads: new Map([[branch, sha]]) });
  expect(await stage(world).perform(executing, { kind: 'push', sha, branch })).toEqual({ kind: 'done', result: {} });
  expect(world.writes).toEqual([]);
});
