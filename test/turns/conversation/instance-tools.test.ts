/** An impl agent reads its customer's instance at once; what would change it is stored for a person, and nothing is sent. */
import { afterAll, expect, test } from 'vitest';
import { createInstance as createProduct } from '../../../emulators/instance/instance.ts';
import type { AgentId } from '../../../src/agents/agent-id.ts';
import { agentConfigSchema } from '../../../src/agents/config/config.ts';
import { instanceConfig } from '../../../src/agents/config/instance.ts';
import { type Listener, listen } from '../../../src/base/http.ts';
import { createInstance } from '../../../src/connectors/instance.ts';
import type { ProposalWish } from '../../../src/conversations/proposal.ts';
import { instanceTools } from '../../../src/turns/conversation/instance-tools.ts';
import { beginTurn } from '../../../src/turns/turn.ts';
import { httpFor } from '../../conformance/connector-world.ts';
import { conversationAgent, orderFor, supervisorOf, workerParts } from '../turn.ts';

const token = 'instance-token-1';
const secret = 'smtp-password-of-acme';
const listeners: Listener[] = [];
afterAll(() => Promise.all(listeners.map((listener) => listener.close())));

async function implTurn() {
  const config = { timeout: 30, password: secret };
  const product = createProduct({ name: 'acme-production', token, commit: '1'.repeat(40), config });
  const writes: string[] = [];
  const listener = await listen((request, ...more) => {
    if (request.method !== 'GET') writes.push(`${request.method} ${request.url}`);
    return product.fetch(request, ...more);
  });
  listeners.push(listener);
  const id = 'impl/acme' as AgentId;
  const block = { url: listener.url, name: 'acme-production', writePaths: ['/config/*'] };
  const agentConfig = agentConfigSchema.parse({ id, instance: block });
  const agent = conversationAgent({ id, config: agentConfig });
  const { deploy } = instanceConfig.parse(block);
  const instance = createInstance({ ...block, urlSetting: 'instance.url', token, deploy, http: httpFor(token) });
  const wishes: ProposalWish[] = [];
  const { supervisor } = supervisorOf({
    propose: ({ wish }) => {
      wishes.push(wish);
      return { proposed: 'p1', expiresAt: Date.UTC(2026, 10, 30) };
    },
  });
  const hidden = [{ name: 'SMTP_PASSWORD', value: secret }];
  const turn = beginTurn(
    workerParts(agent, { supervisor, instance, hidden }),
    orderFor('main'),
    new AbortController().signal,
  );
  const [api] = instanceTools(turn);
  const toolTurn = { agentId: id, sessionId: turn.order.sessionId, kind: 'conversation', config: agentConfig } as const;
  return { call: (input: unknown) => api?.execute(input, toolTurn), wishes, writes };
}

test('a read is answered from the instance', async () => {
  const { call } = await implTurn();
  expect(await call({ method: 'GET', path: '/config/timeout' })).toMatchObject({ status: 200, body: { value: 30 } });
});

test('a write becomes a proposal with the value that stands there, and nothing is sent', async () => {
  const { call, wishes, writes } = await implTurn();
  const why = 'Erin asked for it.';
  const answer = await call({ method: 'PUT', path: '/config/timeout', body: { value: 45 }, why });
  expect(answer).toEqual({ proposed: 'p1', expiresAt: '2026-11-30T00:00:00.000Z' });
  expect(wishes).toMatchObject([
    {
      request: { method: 'PUT', path: '/config/timeout', body: { value: 45 } },
      before: { status: 200, body: { key: 'timeout', value: 30 } },
      why,
    },
  ]);
  await call({ method: 'DELETE', path: '/config/not-there' });
  expect(wishes[1]?.before.status).toBe(404);
  expect(writes).toEqual([]);
});

test('a secret of the agent that the instance shows reaches no proposal', async () => {
  const { call, wishes } = await implTurn();
  await call({ method: 'PUT', path: '/config/password', body: { value: 'x' } });
  expect(JSON.stringify(wishes)).not.toContain(secret);
  expect(JSON.stringify(wishes)).toContain('[jvagent-redacted:SMTP_PASSWORD]');
});

test('a path outside writePaths and a deployment are not even proposed', async () => {
  const { call, wishes } = await implTurn();
  expect(await call({ method: 'POST', path: '/deployments', body: {} })).toMatchObject({ refused: 'TOOL_PATH' });
  expect(await call({ method: 'PUT', path: '/users/1', body: {} })).toMatchObject({ refused: 'TOOL_PATH' });
  expect(wishes).toEqual([]);
});
