import { expect, test } from 'vitest';
import type { Message } from '../../../src/broker/message.ts';
import type { InstanceConnector } from '../../../src/connectors/instance.ts';
import { requestedEvent } from '../../../src/turns/item/person-requests.ts';
import type { WorkItem } from '../../../src/work-items/work-item.ts';
import { stage } from '../../effects/world.ts';
import { only } from '../../only.ts';
import { approvedByEve, base, deploying, inReview, merged, sha } from '../../work-items/fixture.ts';
import { createWorld, mergedPullRequest, openPullRequest, type World } from '../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo } from '../turn.ts';

const acme = 'codechange/acme';
const deployment = { mergedSha: merged, sent: { deploymentId: '9', before: base } };
const deployed = { ...deploying, phase: 'deployed' as const, deployment };

type More = Partial<Message> & { running?: string; item?: WorkItem; world?: Partial<World> };

function ask(command: string, { running = merged, item = deployed, world: extra = {}, ...more }: More = {}) {
  const world = createWorld({ change: approvedByEve, ...extra });
  const instance = only<InstanceConnector>('instance', { version: async () => ({ commit: running }) });
  const connections = connectionsTo(world, { instance });
  const { gate } = stage(world);
  const message = { id: 'm1', to: `agent/${acme}`, from: 'person/erin', command, payload: {}, at: 1, ...more };
  return requestedEvent({ agent: codeChangeAgent(), connections, gate }, message, item);
}

test('what a person decides becomes an event that names the person', async () => {
  expect(await ask('work.cancel')).toEqual({ kind: 'cancelled-by', by: 'erin', rev: 7 });
  expect(await ask('work.retry')).toEqual({ kind: 'retried-by', by: 'erin' });
  expect(await ask('work.rollback')).toEqual({ kind: 'rolled-back-by', by: 'erin' });
});

test('a plan is turned down with the words and the hash that the person saw, or not at all', async () => {
  const payload = { workItemId: 12, hash: 'h1', feedback: 'Use a queue.' };
  const event = { kind: 'rejected', by: 'erin', hash: 'h1', feedback: 'Use a queue.' };
  expect(await ask('work.reject', { payload })).toEqual(event);
  expect(await ask('work.reject', { payload: { workItemId: 12 } })).toBeUndefined();
  expect(await ask('work.reject', { payload, from: `agent/${acme}` })).toBeUndefined();
});

test('a retry brings the merge that people made of an ended item meanwhile', async () => {
  const item: WorkItem = { ...inReview, phase: 'failed', change: { branch: 'feature/acme-12', pushedSha: sha } };
  const retry = { kind: 'retried-by', by: 'erin' };
  const world = { pullRequest: mergedPullRequest, targetSha: merged };
  expect(await ask('work.retry', { item, world })).toEqual({ ...retry, mergedSha: merged });
  expect(await ask('work.retry', { item, world: { pullRequest: openPullRequest } })).toEqual(retry);
  const byAgent = { ...mergedPullRequest, mergedBy: 'acme-bot' };
  expect(await ask('work.retry', { item, world: { ...world, pullRequest: byAgent } })).toEqual(retry);
  expect(await ask('work.retry', { item: { ...item, phase: 'pr-created' }, world })).toEqual(retry);
});

test('what anybody else says, or says to another agent, decides nothing', async () => {
  expect(await ask('work.cancel', { from: `agent/${acme}/session/main` })).toBeUndefined();
  expect(await ask('work.cancel', { from: 'platform/hook' })).toBeUndefined();
  expect(await ask('work.cancel', { to: `agent/${acme}/eu` })).toBeUndefined();
  expect(await ask('work.process')).toBeUndefined();
});

test('an instance that now runs another commit is not rolled back', async () => {
  const event = await ask('work.rollback', { running: sha });
  expect(event).toMatchObject({ kind: 'rolled-back-by', refusal: { refused: 'DRIFT' } });
  expect(await ask('work.rollback', { running: base })).not.toHaveProperty('refusal');
});

test('an instance that names its commit shortened is not rolled back, and the person is told why', async () => {
  const event = await ask('work.rollback', { running: merged.slice(0, 12) });
  const why = expect.stringContaining('the shortened commit');
  expect(event).toMatchObject({ kind: 'rolled-back-by', refusal: { refused: 'DRIFT', why } });
});
