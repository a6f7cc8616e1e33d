/** What a worker refuses before it talks to anybody. */
import { expect, test } from 'vitest';
import { createLog } from '../../src/base/log.ts';
import { openWorker } from '../../src/worker/worker.ts';
import { createWorkspace } from '../agents/workspace.ts';
import { supervisorOf } from '../turns/turn.ts';

const key = 'sk-ant-of-the-platform';

function open(secrets: string) {
  const { root } = createWorkspace({
    'docs/jvAgent.json': { id: 'docs', cliSecrets: ['LICENCE'] },
    'docs/secrets.env': secrets,
  });
  const setup = {
    root,
    home: root,
    agentId: 'docs',
    surroundings: { root, home: root, agentFolders: [] },
    stateFolder: root,
    runFolder: root,
    modelKey: key,
  };
  return openWorker({
    setup: { ...setup, sandboxUid: 20_001, allowLoopback: true, outbound: { noProxy: '', authorities: [] } },
    supervisor: supervisorOf().supervisor,
    crashPoints: { reach: () => {} },
    log: createLog('test', 'silent'),
  });
}

test("the platform's own key under another name is not given to the engine", async () => {
  for (const value of [key, `Bearer ${key}`]) {
    expect(await open(`LICENCE=${value}\n`)).toMatchObject({
      refused: 'CONFIG_INVALID',
      why: 'docs: cliSecrets: LICENCE has the value of a secret that is never given to the engine',
    });
  }
  expect(await open('LICENCE=licence-of-acme\n')).not.toMatchObject({ why: expect.stringContaining('cliSecrets') });
});
