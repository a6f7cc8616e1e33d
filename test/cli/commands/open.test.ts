/** `open`: where people see a board, a work item and its pull request. */
import { expect, test } from 'vitest';
import { acme, createCliWorkspace, findItem } from '../fixture.ts';

const project = 'https://dev.azure.com/yourorg/acmeProject';

test('open names the board of each agent, and the pages of a work item', async () => {
  const { run, fill } = createCliWorkspace({ 'docs/jvAgent.json': { id: 'docs' } });
  await fill(findItem);
  expect((await run('open')).out).toMatch(new RegExp(`^${acme} +${project}/_boards$`, 'm'));
  expect(JSON.parse((await run('open', '--json')).out)).toEqual([
    { agentId: acme, board: `${project}/_boards` },
    { agentId: 'docs' },
  ]);
  expect(await run('open', acme)).toMatchObject({ code: 0, out: `${project}/_boards\n` });
  expect(await run('open', acme, '12')).toMatchObject({ code: 0, out: `${project}/_workitems/edit/12\n` });
  expect(JSON.parse((await run('open', acme, '12', '--json')).out)).toEqual({
    agentId: acme,
    workItem: `${project}/_workitems/edit/12`,
  });
});

test('open refuses an agent that is not there or has no board, and what is no work item', async () => {
  const { run } = createCliWorkspace({ 'docs/jvAgent.json': { id: 'docs' } });
  expect((await run('open', 'nobody')).err).toContain('AGENT_ID');
  expect((await run('open', 'docs')).err).toContain('docs has no board');
  expect((await run('open', acme, 'twelve')).code).toBe(2);
});
