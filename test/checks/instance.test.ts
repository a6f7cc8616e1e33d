import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { createInstance as createProduct } from '../../emulators/instance/instance.ts';
import { configPlaceOf } from '../../src/agents/config/place.ts';
import { type Listener, listen } from '../../src/base/http.ts';
import { findingsOf } from '../../src/checks/finding.ts';
import { outsideChecks } from '../../src/checks/outside-checks.ts';
import { createInstance } from '../../src/connectors/instance.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { httpFor } from '../conformance/connector-world.ts';
import { codeChangeAgent, connectionsTo } from '../turns/turn.ts';
import { createWorld } from '../work-items/ports.ts';

const acme = 'codechange/acme';
const listeners: Listener[] = [];
afterAll(() => Promise.all(listeners.map((listener) => listener.close())));

/** What the check says of an instance that answers this commit, and the line of the file that is to blame. */
async function look(commit: string) {
  const version = { path: '/version', pointer: '/commit' };
  const config = customerConfig('acme');
  const instance = { ...config.instance, name: 'acme-test', deploy: { mode: 'push', version } };
  const { path } = createWorkspace({ [`${acme}/jvAgent.json`]: { ...config, instance } });
  const agent = { ...codeChangeAgent({ instance }), folder: path(acme) };
  const listener = await listen(createProduct({ name: 'acme-test', token: 'instance-token-1', commit }).fetch);
  listeners.push(listener);
  if (!agent.instance) throw new Error('acme has an instance');
  const product = createInstance({
    ...{ url: listener.url, urlSetting: 'instance.url', token: 'instance-token-1' },
    ...{ deploy: agent.instance.deploy, http: httpFor('instance-token-1') },
  });
  const own = { agent, secrets: new Map(), redact: (text: string) => text };
  const checks = outsideChecks(own, connectionsTo(createWorld(), { instance: product }));
  const asked = checks.filter(({ id }) => id === `${acme} instance`);
  const [found] = await findingsOf(asked, { agentId: acme, placeOf: configPlaceOf(agent) });
  const lines = readFileSync(path(`${acme}/jvAgent.json`), 'utf8').split('\n');
  return { found, line: lines[(found?.line ?? 0) - 1] };
}

test('an instance that answers its whole commit is well', async () => {
  expect((await look('a'.repeat(40))).found).toMatchObject({ status: 'ok' });
});

test.each(['0123abc', 'a'.repeat(39)])(
  'an instance that answers the shortened commit %s is told, with its line',
  async (commit) => {
    const { found, line } = await look(commit);
    expect(found).toMatchObject({
      status: 'fail',
      code: 'DRIFT',
      what: expect.stringContaining(`the shortened commit ${commit}`),
      fix: expect.stringMatching(/whole commit.*instance\.deploy\.version.*no merge is deployed/),
      file: `${acme}/jvAgent.json`,
    });
    expect(line).toContain('"version"');
  },
);
