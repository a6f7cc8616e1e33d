import { setImmediate } from 'node:timers/promises';
import { expect, onTestFinished, test } from 'vitest';
import { createAgentStore } from '../../../src/agents/agent-store.ts';
import { startAgentNews } from '../../../src/cli/log/agent-news.ts';
import { createWorkspace, customerConfig } from '../../agents/workspace.ts';
import { acme, openTestStore } from '../../store/fixture.ts';

test('an agent that is paused, resumed, or no longer trusted while the platform runs is told once each', async () => {
  const { store, clock } = await openTestStore();
  const { root } = createWorkspace({ [`${acme}/jvAgent.json`]: customerConfig('acme') });
  const agents = createAgentStore({ root, home: root });
  const told: string[] = [];
  let looks = 0;
  const sleep = async () => {
    looks += 1;
    await setImmediate();
  };
  const news = startAgentNews({ store, agents }, { now: clock.now, sleep }, (id, why) =>
    told.push(`${id} ${why?.refused ?? 'runs'}`),
  );
  onTestFinished(() => news.stop());
  const afterLooks = async () => {
    const seen = looks;
    await expect.poll(() => looks).toBeGreaterThan(seen + 2);
    return told.splice(0);
  };
  expect(await afterLooks()).toEqual([]);
  await store.agents.pause(acme);
  expect(await afterLooks()).toEqual([`${acme} PAUSED`]);
  await store.agents.resume(acme);
  expect(await afterLooks()).toEqual([`${acme} runs`]);
  await store.agents.set(acme, { trusted: { digest: 'of another node', steering: { 'autoRun.enabled': 'other' } } });
  expect(await afterLooks()).toEqual([`${acme} CONFIG_UNTRUSTED`]);
});
