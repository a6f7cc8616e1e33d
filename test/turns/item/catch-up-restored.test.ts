import { expect, test } from 'vitest';
import { createCatchUpRestored } from '../../../src/turns/item/catch-up-restored.ts';
import type { PullRequest } from '../../../src/work-items/code-host.ts';
import type { StateChange } from '../../../src/work-items/tracker.ts';
import type { Approval, WorkItem } from '../../../src/work-items/work-item.ts';
import { approvedByEve, executing, mapping, ourClaim, planReady, sha } from '../../work-items/fixture.ts';
import { createWorld, openPullRequest, trackerOf } from '../../work-items/ports.ts';

const restored = { id: 'r1', to: '', from: 'platform/restore', command: 'work.restored', payload: {}, at: 1 };

function look(item: WorkItem, change: StateChange, found?: PullRequest, message = restored, approval?: Approval) {
  const catchUp = createCatchUpRestored({
    tracker: trackerOf(createWorld({ change })),
    codeHost: { find: async (branch) => (branch === 'feature/acme-12' ? found : undefined) },
    targetBranch: 'main',
    branchOf: () => 'feature/acme-12',
    mapping,
    approvalOf: async () => approval,
  });
  return catchUp(message, item);
}

test('the pull request of its branch is what a restored item has ahead of it, unless it was closed', async () => {
  const ahead = { branch: 'feature/acme-12', number: 4, url: 'https://code.example/4', headSha: sha };
  expect(await look(planReady, ourClaim, openPullRequest)).toEqual({ kind: 'restored', movedOn: true, ahead });
  const closed = await look(planReady, ourClaim, { ...openPullRequest, state: 'closed' });
  expect(closed).toEqual({ kind: 'restored', movedOn: true });
});

test('a tile was moved on when we set it to another state, or claimed it again', async () => {
  expect(await look(planReady, approvedByEve)).toMatchObject({ movedOn: false });
  expect(await look(planReady, { ...ourClaim, state: 'Plan Ready' })).toMatchObject({ movedOn: false });
  expect(await look(executing, ourClaim)).toMatchObject({ movedOn: false });
  expect(await look(executing, { ...ourClaim, rev: 20 })).toMatchObject({ movedOn: true });
});

test('only the platform says that an item was restored', async () => {
  expect(await look(planReady, ourClaim, undefined, { ...restored, from: 'person/erin' })).toBeUndefined();
  expect(await look(planReady, ourClaim, undefined, { ...restored, command: 'work.process' })).toBeUndefined();
});
