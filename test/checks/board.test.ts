import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { configPlaceOf } from '../../src/agents/config/place.ts';
import { findingsOf } from '../../src/checks/finding.ts';
import { outsideChecks } from '../../src/checks/outside-checks.ts';
import { createWorkspace, customerConfig } from '../agents/workspace.ts';
import { project, startBoards } from '../conformance/boards-world.ts';
import { codeChangeAgent, connectionsTo } from '../turns/turn.ts';
import { createWorld } from '../work-items/ports.ts';

const acme = 'codechange/acme';
let boards: Awaited<ReturnType<typeof startBoards>>;
beforeAll(async () => {
  boards = await startBoards();
});
afterAll(() => boards.close());

/** What one check says of an agent whose `devops` block has this too, and the line of its file that is to blame. */
async function look(check: string, devops: Record<string, unknown>) {
  const config = customerConfig('acme');
  const { path } = createWorkspace({
    [`${acme}/jvAgent.json`]: { ...config, devops: { ...config.devops, ...devops } },
  });
  const { approvers, ...plain } = devops;
  const loaded = codeChangeAgent({ devops: plain });
  // The form of the file refuses some approvers before; the check does not rely on it.
  const own = { ...loaded.devops, project, ...(approvers ? { approvers: z.array(z.string()).parse(approvers) } : {}) };
  const agent = { ...loaded, folder: path(acme), devops: own };
  const whole = { agent, secrets: new Map(), redact: (text: string) => text };
  const connections = connectionsTo(createWorld(), { tracker: boards.as('agent') });
  const checks = outsideChecks(whole, connections).filter(({ id }) => id === `${acme} ${check}`);
  return findingsOf(checks, { agentId: acme, placeOf: configPlaceOf(agent) });
}

test('people who can approve are well, by mail address, id and in any case', async () => {
  const engineer = await boards.as('engineer').me();
  expect(await look('approvers', { approvers: ['Engineer@acme.test', engineer.id] })).toMatchObject([{ status: 'ok' }]);
});

test('each approver who could never approve is told with its line: unknown, a group, a display name, the agent', async () => {
  const approvers = ['erin.old@acme.test', `[${project}]\\Contributors`, 'engineer', 'agent@acme.test'];
  const found = await look('approvers', { approvers });
  expect(found.map(({ status, what, line }) => `${status} ${line} ${what}`)).toEqual([
    expect.stringMatching(/^fail \d+ "erin.old@acme.test" in devops.approvers is nobody in the organization/),
    expect.stringMatching(/^fail \d+ "\[AcmeImplementation\]\\Contributors" in devops.approvers is a group/),
    expect.stringMatching(/^fail \d+ "engineer" in devops.approvers is not what engineer signs in with/),
    expect.stringMatching(/^fail \d+ agent@acme.test is the agent itself/),
  ]);
  expect(found[2]?.fix).toBe(`Write engineer@acme.test in ${acme}/jvAgent.json.`);
  expect(new Set(found.map(({ line }) => line)).size).toBe(4);
});

test('approvers that the token may not look up are a warning, and the rest is still told', async () => {
  boards.faults.add({ target: 'azureDevOps', match: { path: '/_apis/identities' }, do: { status: 401 } });
  const found = await look('approvers', { approvers: ['erin@acme.test', 'agent@acme.test'] });
  boards.faults.clear();
  expect(found).toMatchObject([
    { status: 'fail', code: 'GATE_ACTOR' },
    { status: 'warn', what: expect.stringContaining('could not be read whether erin@acme.test can approve') },
  ]);
});

test('a field by its label or in other letters is told with the name to write, and an unknown one as such', async () => {
  const contentFields = ['System.Title', 'Acceptance Criteria', 'system.description'];
  const found = await look('fields', { contentFields, writableFields: ['Custom.Nothing'] });
  expect(found.map(({ status, fix }) => `${status} ${fix}`)).toEqual([
    `fail Write "Microsoft.VSTS.Common.AcceptanceCriteria" in ${acme}/jvAgent.json.`,
    `fail Write "System.Description" in ${acme}/jvAgent.json.`,
    `fail Write the field's reference name in ${acme}/jvAgent.json, or remove it.`,
  ]);
  expect(found[0]?.what).toContain('devops.contentFields names "Acceptance Criteria"');
  expect(found.every(({ line = 0 }) => line > 1)).toBe(true);
});

test('the right to create the tags for phases is asked for where they do not exist, and never tried out', async () => {
  expect(await look('tags', {})).toMatchObject([{ status: 'ok' }]);
  const answer = (value: boolean[]) => ({
    status: 200,
    body: JSON.stringify({ count: 1, value }),
    headers: { 'content-type': 'application/json' },
  });
  boards.faults.add({ target: 'azureDevOps', match: { path: '/_apis/permissions' }, do: answer([false]) });
  expect(await look('tags', {})).toMatchObject([
    { status: 'fail', fix: expect.stringContaining('Create tag definition') },
  ]);
  boards.faults.clear();
  boards.faults.add({ target: 'azureDevOps', match: { path: '/_apis/permissions' }, do: { status: 403 } });
  expect(await look('tags', {})).toMatchObject([
    { status: 'warn', what: expect.stringContaining('could not be read') },
  ]);
  boards.faults.clear();
  expect(boards.faults.requests().filter(({ method }) => method !== 'GET')).toEqual([]);
});

test('an area that the project lacks is told with those like it, and one that exists is well', async () => {
  const [found] = await look('area', { areaPath: `${project}\\Wed` });
  expect(found).toMatchObject({ status: 'fail', code: 'CONFIG_INVALID', file: `${acme}/jvAgent.json` });
  expect(found?.what).toContain(`no area "${project}\\Wed" (devops.areaPath); its areas are "${project}\\Web"`);
  expect(await look('area', { areaPath: `${project}\\Website` })).toMatchObject([{ status: 'ok' }]);
});

test("a board of the team that it names, or of the project's own team, is well in any case of letters", async () => {
  for (const board of ['Stories', 'stories', `${project} Team/Features`])
    expect(await look('board', { board })).toMatchObject([{ status: 'ok' }]);
  expect(await look('board', {})).toMatchObject([{ status: 'ok' }]);
});

test('a board that the team lacks is a warning with its line, and with the board to write or the boards there are', async () => {
  const [unknown] = await look('board', { board: 'Sprint Board' });
  expect(unknown).toMatchObject({ status: 'warn', code: 'CONFIG_INVALID', file: `${acme}/jvAgent.json` });
  expect(unknown?.what).toBe(
    `the team "${project} Team" has no board "Sprint Board" (devops.board); there are ` +
      ['Stories', 'Features', 'Epics'].map((board) => `${project} Team/${board}`).join(', '),
  );
  expect(unknown?.line).toBeGreaterThan(1);
  const [elsewhere] = await look('board', { board: 'Web Team/Stories' });
  expect(elsewhere?.fix).toBe(`Write "${project} Team/Stories" in ${acme}/jvAgent.json.`);
});

test('a token that is not told the teams still finds its board; one that is told no boards is a warning', async () => {
  boards.faults.add({ target: 'azureDevOps', match: { path: '/teams' }, do: { status: 403 } });
  expect(await look('board', { board: 'Stories' })).toMatchObject([{ status: 'ok' }]);
  expect(await look('board', { board: 'None' })).toMatchObject([
    { status: 'warn', what: expect.stringContaining('Epics') },
  ]);
  boards.faults.add({ target: 'azureDevOps', match: { path: '/_apis/work/boards' }, do: { status: 403 } });
  const found = await look('board', { board: 'Stories' });
  boards.faults.clear();
  expect(found).toMatchObject([{ status: 'warn', what: expect.stringContaining('it could not be read whether') }]);
});
