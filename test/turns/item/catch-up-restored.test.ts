import { expect, test } from 'vitest';
import { restoredEvent } from '../../../src/turns/item/catch-up-restored.ts';
import type { PullRequest } from '../../../src/work-items/code-host.ts';
import type { Gate } from '../../../src/work-items/gate/approval.ts';
import type { StateChange } from '../../../src/work-items/tracker.ts';
import type { Approval, WorkItem } from '../../../src/work-items/work-item.ts';
import { only } from '../../only.ts';
import { approvedByEve, executing, mapping, ourClaim, planReady, sha } from '../../work-items/fixture.ts';
import { codeHostOf, createWorld, openPullRequest } from '../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo } from '../turn.ts';

const restored = { id: 'r1', to: '', from: 'platform/restore', command: 'work.restored', payload: {}, at: 1 };

const withoutBranch = ({ change: _, ...item }: WorkItem): WorkItem => item;

/** The item's branch is named as the agent of acme names it. */
function look(item: WorkItem, change: StateChange, pullRequest?: PullRequest, message = restored, approval?: Approval) {
  const agent = codeChangeAgent({ devops: { stateMapping: mapping } });
  const world = createWorld({ change });
  const find = async (branch: string) => (branch === 'feature/acme-12-guard-keys' ? pullRequest : undefined);
  const connections = connectionsTo(world, { codeHost: { ...codeHostOf(world), find } });
  const gate = only<Gate>('gate', { pastApproval: async () => approval });
  return restoredEvent({ agent, connections, gate }, message, withoutBranch(item));
}

test('the pull request of its branch is what a restored item has ahead of it, unless it was closed', async () => {
  const ahead = { branch: 'feature/acme-12-guard-keys', number: 4, url: 'https://code.example/4', headSha: sha };
  expect(await look(planReady, ourClaim, openPullRequest)).toEqual({
    kind: 'restored',
    movedOn: true,
    found: 'In Progress',
    ahead,
  });
  const others = await look(planReady, ourClaim, { ...openPullRequest, openedBy: 'mallory' });
  expect(others).toEqual({ kind: 'restored', movedOn: true, found: 'In Progress' });
  const closed = await look(planReady, ourClaim, { ...openPullRequest, state: 'closed' });
  expect(closed).toEqual({ kind: 'restored', movedOn: true, found: 'In Progress' });
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
