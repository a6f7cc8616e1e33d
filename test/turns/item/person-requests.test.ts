import { expect, test } from 'vitest';
import type { Message } from '../../../src/broker/message.ts';
import type { InstanceConnector } from '../../../src/connectors/instance.ts';
import { requestedEvent } from '../../../src/turns/item/person-requests.ts';
import { only } from '../../only.ts';
import { approvedByEve, base, deploying, merged, sha } from '../../work-items/fixture.ts';
import { createWorld } from '../../work-items/ports.ts';
import { codeChangeAgent, connectionsTo } from '../turn.ts';

const acme = 'codechange/acme';
const deployment = { mergedSha: merged, sent: { deploymentId: '9', before: base } };
const deployed = { ...deploying, phase: 'deployed' as const, deployment };

function ask(command: string, { running = merged, ...more }: Partial<Message> & { running?: string } = {}) {
  const instance = only<InstanceConnector>('instance', { version: async () => ({ commit: running }) });
  const connections = connectionsTo(createWorld({ change: approvedByEve }), { instance });
  const message = { id: 'm1', to: `agent/${acme}`, from: 'person/erin', command, payload: {}, at: 1, ...more };
  return requestedEvent({ agent: codeChangeAgent(), connections }, message, deployed);
}

test('what a person decides becomes an event that names the person', async () => {
  expect(await ask('work.cancel')).toEqual({ kind: 'cancelled-by', by: 'erin', rev: 7 });
  expect(await ask('work.retry')).toEqual({ kind: 'retried-by', by: 'erin' });
  expect(await ask('work.rollback')).toEqual({ kind: 'rolled-back-by', by: 'erin' });
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
