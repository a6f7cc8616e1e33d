import { Octokit } from '@octokit/rest';
import * as azdev from 'azure-devops-node-api';
import { afterEach, expect, test } from 'vitest';
import { projectOf } from '../../emulators/tenants.ts';
import { fix, startWorld, type World } from '../stories/world.ts';

let world: World;
afterEach(() => world.close());

const project = projectOf('acme');
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const set = (field: string, value: unknown) => ({ op: 'add', path: `/fields/${field}`, value });

// Everything that people do here goes through clients that nobody here wrote; only "ready for review" is a page.
test('the official clients take a work item from filing it to Deployed', async () => {
  world = await startWorld();
  const { urls, tenants } = world.emulators;
  const { secrets, repository, instance } = tenants.acme;
  const [owner = '', repo = ''] = repository.split('/');
  const access = azdev.getPersonalAccessTokenHandler(secrets.pats.engineer);
  const boards = await new azdev.WebApi(`${urls.azureDevOps}/acme`, access).getWorkItemTrackingApi();
  const auth = secrets.gitTokens.engineer;
  const github = new Octokit({ auth, baseUrl: urls.github, userAgent: 'engineer', log: quiet }).rest;
  const stateOf = async (id: number) => (await boards.getWorkItem(id)).fields?.['System.State'];
  const reaches = (id: number, state: string) => world.eventually(state, async () => (await stateOf(id)) === state);

  const { title, description, type } = fix.workItem;
  const fields = [set('System.Title', title), set('System.Description', description)];
  const { id = 0 } = await boards.createWorkItem({}, fields, project, type);
  await reaches(id, 'Plan Ready');
  const { comments = [] } = await boards.getComments(project, id);
  const plan = comments.find(({ text }) => /Plan [0-9a-f]{12}\s*$/.test(text ?? ''));
  expect(plan?.text).toContain('jsonpointer.js');
  expect(plan?.createdBy?.displayName).toBe('Agent of Acme Corp');

  await boards.updateWorkItem({}, [set('System.State', 'Approved')], id);
  await reaches(id, 'PR Created');
  const { relations = [] } = await boards.getWorkItem(id, undefined, undefined, 1);
  const link = relations.find(({ rel }) => rel === 'Hyperlink')?.url ?? '';
  const pull_number = Number(/\/pull\/(\d+)$/.exec(link)?.[1]);
  const pull = { owner, repo, pull_number };
  const { data: opened } = await github.pulls.get(pull);
  expect(opened).toMatchObject({ draft: true, state: 'open', base: { ref: 'customer/acme' } });
  expect(opened.body).toContain(`AB#${id}`);
  expect((await github.pulls.listFiles(pull)).data.map(({ filename }) => filename)).toEqual(['jsonpointer.js']);

  const page = { method: 'POST', headers: { origin: urls.github }, redirect: 'manual' } as const;
  const form = { ...page, headers: { ...page.headers, 'content-type': 'application/x-www-form-urlencoded' } };
  expect((await fetch(`${urls.github}/${repository}/pull/${pull_number}/ready`, form)).status).toBe(303);
  await github.pulls.createReview({ ...pull, event: 'APPROVE', body: 'Small and right.' });
  const { data: merged } = await github.pulls.merge({ ...pull, sha: opened.head.sha, merge_method: 'squash' });

  await reaches(id, 'Deployed');
  expect(instance.version()).toBe(merged.sha);
  expect(
    (await boards.getUpdates(id)).map(({ fields: changed }) => changed?.['System.State']?.newValue).filter(Boolean),
  ).toEqual(['New', 'Planning', 'Plan Ready', 'Approved', 'In Progress', 'PR Created', 'Deployed']);
  expect((await boards.getWorkItem(id)).fields?.['System.Tags']).toBe('jv:deployed');
});
