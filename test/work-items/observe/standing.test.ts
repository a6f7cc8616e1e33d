import { expect, test } from 'vitest';
import { readStanding } from '../../../src/work-items/observe/standing.ts';
import type { Source } from '../../../src/work-items/source.ts';
import { only } from '../../only.ts';
import { base, executing, sha, withChange, withCommit } from '../fixture.ts';

const other = 'e'.repeat(40);
const pushed = withChange(withCommit(executing, { deliver: 'push' }), { pushedSha: sha });

/** A remote whose branch of ours stands at this commit; what was pushed is an ancestor of `descendant` alone. */
const remoteAt = (head: string | undefined, descendant?: string) =>
  only<Source>('source', {
    fetch: async () => ({ targetSha: base, heads: new Map(head ? [[executing.change?.branch ?? '', head]] : []) }),
    isAncestor: async (_: string, at: string) => at === descendant,
  });

test("people's push on top of our commit is the head; a branch without our commit is not, and this is reported", async () => {
  expect(await readStanding(remoteAt(sha), pushed)).toEqual({ head: sha });
  expect(await readStanding(remoteAt(other, other), pushed)).toEqual({ head: other });
  expect(await readStanding(remoteAt(other), pushed)).toEqual({ head: sha, isForsaken: true });
  expect(await readStanding(remoteAt(undefined), pushed)).toEqual({ head: sha, isForsaken: true });
});

test('before anything was pushed there is nothing to miss', async () => {
  expect(await readStanding(remoteAt(undefined), executing)).toEqual({ head: base });
});
