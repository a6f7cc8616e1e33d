import { getPersonalAccessTokenHandler, WebApi } from 'azure-devops-node-api';
import { expect, test } from 'vitest';
import { createWorld, set } from '../world.ts';

const { url, emulator, ask, patch, file } = await createWorld();
const api = new WebApi(`${url}/acme`, getPersonalAccessTokenHandler('acme-engineer'));
const project = 'AcmeImplementation';

test('the official client reads teams and their members', async () => {
  const core = await api.getCoreApi();
  const teams = await core.getTeams(project);
  expect(teams.map(({ name }) => name)).toEqual([`${project} Team`, 'Web Team']);
  const members = await core.getTeamMembersWithExtendedProperties(project, 'Web Team');
  expect(members.map(({ identity }) => identity?.displayName)).toEqual(['Eli Engineer', 'Sam Smith']);
  await expect(core.getTeamMembersWithExtendedProperties(project, 'Nobody')).resolves.toBeNull();
});

test('the official client reads boards and their columns', async () => {
  const work = await api.getWorkApi();
  const boards = await work.getBoards({ project, team: 'Web Team' });
  expect(boards.map(({ name }) => name)).toEqual(['Stories', 'Features', 'Epics']);
  const columns = await work.getBoardColumns({ project, team: 'Web Team' }, 'Features');
  expect(columns.map(({ name, stateMappings }) => [name, stateMappings?.Feature])).toEqual(
    ['New', 'Active', 'Resolved', 'Closed'].map((state) => [state, state]),
  );
  expect((await ask(`${project}/Nobody/_apis/work/boards`)).status).toBe(404);
});

test('a name that two people have is ambiguous, and a group is nobody to assign to', async () => {
  const id = await file('x');
  const assign = (value: string) => patch(id, [set('System.AssignedTo', value)]);
  expect((await assign('Sam Smith')).json.message).toBe(
    "The identity value 'Sam Smith' for field 'Assigned To' is an ambiguous identity.",
  );
  expect((await assign('sam2@acme.test')).json.fields['System.AssignedTo']).toMatchObject({ displayName: 'Sam Smith' });
  expect((await assign(`[${project}]\\Release approvers`)).status).toBe(400);
});

test('a person who was renamed keeps the id, and the old account is unknown', async () => {
  const id = await file('x', { 'System.AssignedTo': 'olga@acme.test' });
  const before = (await ask(`_apis/wit/workItems/${id}`)).json.fields['System.AssignedTo'];
  const olga = emulator.tenant('acme').people.find(({ mail }) => mail === 'olga@acme.test');
  Object.assign(olga ?? {}, { mail: 'olga.new@acme.test' });
  const after = (await ask(`_apis/wit/workItems/${id}`)).json.fields['System.AssignedTo'];
  expect(after).toMatchObject({ id: before.id, uniqueName: 'olga.new@acme.test' });
  expect((await patch(id, [set('System.AssignedTo', 'olga@acme.test')])).status).toBe(400);
});

test('nobody signs in as a person without a token', async () => {
  expect((await ask('_apis/connectionData', { pat: '' })).status).toBe(401);
  expect((await ask('_apis/connectionData', { pat: 'undefined' })).status).toBe(401);
});
