/** A repository of Azure Repos. */
import { azureReposOf } from '../../../src/agents/azure-remote.ts';
import { createAzureRepos } from '../../../src/connectors/azure-repos/azure-repos.ts';
import { branchesOfAll, isMarked } from '../mark.ts';
import { createRaw, pick, type Raw, rowsOf } from '../raw.ts';
import { type Code, createCode, foreignCode, isEmulated } from './code.ts';
import { type PlaceOptions, removeEach } from './place.ts';

const noCommit = '0'.repeat(40);
const branchOf = (ref: unknown) => String(ref).replace(/^refs\/heads\//, '');

/** The rows of a list, or the reason why there are none. */
async function listed(call: Raw, path: string, query: Readonly<Record<string, string | number>>) {
  const { status, body, words } = await call('GET', path, { query });
  if (status !== 200) throw new Error(words);
  return rowsOf(pick(body, 'value'));
}

const branchesIn = async (call: Raw, filter: string) =>
  (await listed(call, '/refs', { filter })).map((row) => {
    return { name: branchOf(pick(row, 'name')), sha: String(pick(row, 'objectId')) };
  });

const openPulls = async (call: Raw) =>
  (await listed(call, '/pullrequests', { 'searchCriteria.status': 'active', $top: 1_000 })).map((row) => {
    return { number: Number(pick(row, 'pullRequestId')), branch: branchOf(pick(row, 'sourceRefName')) };
  });

export function createRepos(options: PlaceOptions): Code {
  const { settings, fetch, redact, http } = options;
  const place = azureReposOf(settings.GIT_REMOTE ?? '');
  if (!place) throw new Error('bug: the remote is not a repository of Azure Repos');
  const { baseUrl, organization, project, repository } = place;
  const [org, home, name] = [organization, project, repository].map(encodeURIComponent);
  const token = settings.GIT_TOKEN ?? '';
  const raw = createRaw({
    system: `Azure Repos (${organization})`,
    baseUrl: `${baseUrl}/${org}/${home}/_apis/git/repositories/${name}`,
    headers: {
      authorization: `Basic ${Buffer.from(`:${token}`).toString('base64')}`,
      'X-TFS-FedAuthRedirect': 'Suppress',
    },
    fetch,
    redact,
  });
  const call: Raw = (method, path, ask = {}) =>
    raw(method, path, { ...ask, query: { 'api-version': '7.1', ...ask.query } });

  async function defaultBranch(): Promise<string> {
    const { status, body, words } = await call('GET', '');
    if (status !== 200) throw new Error(words);
    return branchOf(pick(body, 'defaultBranch') ?? '');
  }

  async function remove({ name: branch, sha }: { name: string; sha: string }): Promise<void> {
    const body = [{ name: `refs/heads/${branch}`, oldObjectId: sha, newObjectId: noCommit }];
    const seen = await call('POST', '/refs', { body });
    const row = rowsOf(pick(seen.body, 'value'))[0];
    if (pick(row, 'success') !== true) throw new Error(`${seen.words} ${pick(row, 'updateStatus') ?? ''}`);
  }

  async function abandon(number: number): Promise<void> {
    const { status, words } = await call('PATCH', `/pullrequests/${number}`, { body: { status: 'abandoned' } });
    if (status !== 200) throw new Error(words);
  }

  return createCode(options, {
    name: `repository ${repository} of ${organization}/${project}`,
    isEmulator: isEmulated(options),
    host: createAzureRepos({ ...place, token, hasTracker: settings.AZDO_ORG === organization, http }),
    call,
    defaultBranch,
    async foreign() {
      const branches = (await branchesIn(call, 'heads/')).map((branch) => branch.name);
      const pulls = await openPulls(call);
      return foreignCode({ branches, pulls, defaultBranch: await defaultBranch() }, isMarked);
    },
    async clean() {
      const pulls = (await openPulls(call)).filter(({ branch }) => isMarked(branch));
      const closed = await removeEach(
        pulls,
        ({ number }) => `pull request ${number}`,
        ({ number }) => abandon(number),
      );
      const branches = (await branchesIn(call, `heads/${branchesOfAll}`)).filter((branch) => isMarked(branch.name));
      const gone = await removeEach(branches, (branch) => `branch ${branch.name}`, remove);
      return { removed: [...closed.removed, ...gone.removed], left: [...closed.left, ...gone.left] };
    },
  });
}
