import { expect, test } from 'vitest';
import type { Finding } from '../../../src/status/finding.ts';
import { openTestStore } from '../fixture.ts';

const looked = { agentId: 'codechange/acme', digest: 'first' };
const finding = (id: string, status: Finding['status'], more: Partial<Finding> = {}): Finding => {
  return {
    id: `codechange/acme ${id}`,
    status,
    what: `${id} is ${status}`,
    fix: status === 'ok' ? '' : 'Fix it.',
    ...more,
  };
};

async function idsOf({ store }: Awaited<ReturnType<typeof openTestStore>>, of = looked) {
  return (await store.findings.list(of)).map(({ id }) => id.split(' ')[1]);
}

test('what did not pass is kept with its place and who saw it, and what did is not', async () => {
  const opened = await openTestStore();
  const place = { file: 'codechange/acme/jvAgent.json', line: 12, code: 'GATE_ACTOR' } as const;
  const seen = [finding('approvers', 'fail', place), finding('states', 'ok'), finding('board-reach', 'warn')];
  await opened.store.findings.keep(looked, 'doctor', seen);
  expect(await idsOf(opened)).toEqual(['approvers', 'board-reach']);
  expect((await opened.store.findings.list(looked))[0]).toMatchObject({
    ...place,
    seenBy: 'doctor',
    at: expect.any(Number),
  });
});

test('a later look that passes drops a finding, and one that could not be made leaves it', async () => {
  const opened = await openTestStore();
  await opened.store.findings.keep(looked, 'doctor', [finding('approvers', 'fail'), finding('branch', 'fail')]);
  const unread = finding('branch', 'fail', { isUnread: true, what: 'no answer' });
  await opened.store.findings.keep(looked, 'platform', [finding('approvers', 'ok'), unread]);
  expect((await opened.store.findings.list(looked)).map(({ what }) => what)).toEqual(['branch is fail']);
});

test('findings of a changed configuration are not told, and go with its first look', async () => {
  const opened = await openTestStore();
  const changed = { ...looked, digest: 'second' };
  await opened.store.findings.keep(looked, 'doctor', [finding('approvers', 'fail')]);
  expect(await idsOf(opened, changed)).toEqual([]);
  expect(await opened.store.findings.lookedAt(changed)).toBeUndefined();
  await opened.store.findings.keep(changed, 'platform', []);
  expect(await opened.store.findings.lookedAt(changed)).toEqual(expect.any(Number));
  expect(await idsOf(opened)).toEqual([]);
});
