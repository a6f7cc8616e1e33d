import { afterAll, beforeAll, expect, test } from 'vitest';
import { approved } from './road.ts';
import { adding, commit, put, repairing, scriptOf } from './scripts.ts';
import { startWorld, type World } from './world.ts';

const header = '// Of Acme.';
const unwanted = 'An item that the branch policy keeps out';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    agents: [
      {
        tenant: 'acme',
        provider: 'azure-repos',
        config: {
          git: {
            testCommand: 'node --check jsonpointer.js',
            pr: { labels: ['agent'], reviewers: ['erin@acme.example.com', 'nobody'] },
          },
        },
      },
    ],
    script: scriptOf(
      ...adding('unwanted.md', unwanted),
      repairing('A check failed.*the header is missing', [put('jsonpointer.js', header), commit]),
    ),
  });
});
afterAll(() => world.close());

/** Presses a button on the pull request's page, as the engineer. */
async function press(url: string, form: Record<string, string>): Promise<void> {
  const headers = { origin: new URL(url).origin };
  const answer = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers, redirect: 'manual' });
  if (answer.status !== 303) throw new Error(await answer.text());
}

async function api(path: string): Promise<Record<string, unknown>> {
  const { urls, tenants } = world.emulators;
  const authorization = `Basic ${Buffer.from(`:${tenants.acme.secrets.pats.engineer}`).toString('base64')}`;
  const answer = await fetch(`${urls.azureDevOps}/acme/_apis/${path}`, { headers: { authorization } });
  return (await answer.json()) as Record<string, unknown>;
}

test('a work item goes from New to Deployed through a pull request of Azure Repos', async () => {
  const engineer = world.engineer();
  const id = await world.fileBug();
  await world.until(id, 'plan-ready');
  await engineer.move(id, 'Approved');
  const { item } = await world.until(id, 'pr-created');
  const { number = 0, url = '' } = item?.review ?? {};
  expect(url).toContain('/acme/AcmeImplementation/_git/jsonpointer/pullrequest/');

  const pull = await api(`git/pullrequests/${number}`);
  expect(pull).toMatchObject({ isDraft: true, createdBy: { uniqueName: 'agent@acme.example.com' } });
  expect(pull.title).toContain(`(#${id})`);
  expect(`${pull.title}${pull.description}`).not.toContain('AB#');
  await world.eventually('a link on both ends', async () => {
    const { relations = [] } = (await api(`wit/workItems/${id}?$expand=relations`)) as { relations?: object[] };
    const link = { rel: 'ArtifactLink', url: pull.artifactId, attributes: { name: 'Pull Request' } };
    return JSON.stringify(relations) === JSON.stringify([link]);
  });
  const repository = (pull.repository as { id: string }).id;
  const { value } = await api(`git/repositories/${repository}/pullrequests/${number}/workitems`);
  expect(value).toMatchObject([{ id: String(id) }]);

  await world.eventually('its label and its reviewer, and a word on whom nobody knows', async () => {
    const { labels = [], reviewers = [] } = await api(`git/pullrequests/${number}`);
    const told = (await world.comments(id)).filter(({ text }) => text.includes('nobody was not asked for a review'));
    const seen = JSON.stringify([labels, reviewers]);
    return seen.includes('"agent"') && seen.includes('erin@acme.example.com') && told.length === 1;
  });

  const { azureDevOps } = world.emulators;
  const [code] = azureDevOps.tenant('acme').repositories;
  const review = code?.pulls.find((one) => one.id === number);
  if (!review) throw new Error('the pull request is not there');
  azureDevOps.setBuild(review, { name: 'Build', status: 'rejected', errors: ['the header is missing'] });
  const first = item?.change?.pushedSha;
  await world.eventually('a repair', async () => (await world.session(id))?.item?.change?.pushedSha !== first);
  const repaired = await world.until(id, 'pr-created');

  await press(url, { action: 'publish' });
  const seen = repaired.item?.change?.commit?.sha ?? '';
  await press(url, { action: 'complete', strategy: 'squash', seen, transition: 'on', deleteSource: 'on' });
  const deployed = await world.until(id, 'deployed');
  const { instance } = world.emulators.tenants.acme;
  expect(deployed.item?.deployment?.deployedSha).toBe(deployed.item?.deployment?.mergedSha);
  expect(instance.version()).toBe(deployed.item?.deployment?.mergedSha);
  expect(await engineer.state(id)).toBe('Deployed');
  expect(world.branches()).toEqual(['customer/acme', 'main']);
  const asked = world.emulators.faults.requests().filter(({ target }) => target === 'github' || target === 'git');
  expect(asked).toEqual([]);
});

test("a branch policy's refusal is shown word for word", async () => {
  const words = 'TF402455: Pushes to this branch are not permitted; ask Petra of the platform team first.';
  const [repository] = world.emulators.azureDevOps.tenant('acme').repositories;
  repository?.policies.unshift({ branch: 'feature/acme-*', refuses: 'push', words });
  const id = await approved(world, unwanted);
  const { item } = await world.until(id, 'failed');
  expect(item?.refusal).toMatchObject({ refused: 'PUSH_REJECTED', why: expect.stringContaining(words) });
  await world.eventually('the words on the tile', async () =>
    (await world.comments(id)).some(({ text }) => text.includes('ask Petra of the platform team first')),
  );
});
