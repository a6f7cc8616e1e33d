/** `open`: where people see a board, a work item and its pull request. */
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { customerConfig } from '../../agents/workspace.ts';
import { acme, createCliWorkspace, findItem } from '../fixture.ts';

const project = 'https://dev.azure.com/yourorg/acmeProject';

test('open names the board of each agent, and the pages of a work item', async () => {
  const { run, fill } = createCliWorkspace({ 'docs/jvAgent.json': { id: 'docs' } });
  await fill(findItem);
  expect((await run('open')).out).toMatch(new RegExp(`^${acme} +${project}/_boards$`, 'm'));
  expect(JSON.parse((await run('open', '--json')).out)).toEqual({
    boards: [{ agentId: acme, board: `${project}/_boards` }, { agentId: 'docs' }],
  });
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

test('open leaves the page to the desktop, never to a program of the current folder, and one that cannot start is no failure', async () => {
  const { runOn, write, path } = createCliWorkspace();
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv('DISPLAY', ':0');
  vi.stubEnv('SSH_CONNECTION', undefined);
  write('bin/xdg-open', `#!/bin/sh\nprintf %s "$1" > ${path('opened')}\n`);
  vi.stubEnv('PATH', path('bin'));
  expect(await runOn(80, ['open', acme])).toMatchObject({ code: 0, out: `${project}/_boards\n` });
  chmodSync(path('bin/xdg-open'), 0o755);
  vi.stubEnv('PATH', relative(process.cwd(), path('bin')));
  expect(await runOn(80, ['open', acme])).toMatchObject({ code: 0 });
  await systemClock.sleep(300);
  expect(existsSync(path('opened'))).toBe(false);
  vi.stubEnv('PATH', path('bin'));
  expect(await runOn(80, ['open', acme])).toMatchObject({ code: 0 });
  await vi.waitFor(() => expect(readFileSync(path('opened'), 'utf8')).toBe(`${project}/_boards`), 60_000);
});

test.each([
  ['Stories', 'acmeProject%20Team/Stories'],
  ['Web & Shop/Ärger', 'Web%20%26%20Shop/%C3%84rger'],
])('open shows the page of the board %s', async (board, page) => {
  const { devops } = customerConfig('acme');
  const config = customerConfig('acme', { devops: { ...devops, board } });
  const { run } = createCliWorkspace({ [`${acme}/jvAgent.json`]: config });
  expect((await run('open', acme)).out).toBe(`${project}/_boards/board/t/${page}\n`);
  expect(JSON.parse((await run('open', '--json')).out)).toEqual({
    boards: [{ agentId: acme, board: `${project}/_boards/board/t/${page}` }],
  });
});
