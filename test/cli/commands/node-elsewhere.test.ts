/** Commands on a machine that runs no node, while another machine's node works on the state. */
import { expect, test } from 'vitest';
import { acme, createCliWorkspace, findItem } from '../fixture.ts';

const elsewhere = { owner: 'far 1', name: 'far', version: '0.1.0', takesWork: true, files: {} };

test.for([['heartbeat', acme], ['explain', acme, '12'], ['status']])(
  '`%s` says only without it that the platform does not run',
  async (args) => {
    const { run, fill } = createCliWorkspace();
    await fill(findItem);
    const down = /platform is not running|no platform is running|run `jvagent start`/i;
    expect((await run(...args)).out).toMatch(down);
    await fill((store) => store.nodes.beat(elsewhere));
    expect((await run(...args)).out).not.toMatch(down);
  },
);

test('a question that another machine answers is sent', async () => {
  const { run, fill } = createCliWorkspace({ 'docs/jvAgent.json': { id: 'docs', sessionMapper: 'work-item' } });
  const ask = ['send', 'agent/docs', 'ask', '{"text": "Which colour?"}', '--wait'];
  expect(await run(...ask)).toMatchObject({ code: 1, err: expect.stringContaining('Nothing was sent') });
  await fill((store) => store.nodes.beat(elsewhere));
  const others = new Set(process.listeners('SIGINT'));
  const asked = run(...ask);
  // Nobody answers here, so a person presses Ctrl-C.
  const listening = () => process.listeners('SIGINT').filter((listener) => !others.has(listener));
  await expect.poll(listening).toHaveLength(1);
  listening()[0]?.('SIGINT');
  expect(await asked).toMatchObject({ code: 1, err: expect.stringContaining('Stopped waiting') });
});
