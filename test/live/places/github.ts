/** A repository of GitHub. */
import { createGitHub, ownerAndRepository } from '../../../src/connectors/github/github.ts';
import { branchesOfAll, isMarked } from '../mark.ts';
import { createRaw, pick, type Raw, rowsOf } from '../raw.ts';
import { codeHostOf } from '../settings.ts';
import { type Code, createCode, foreignCode, isEmulated } from './code.ts';
import { type PlaceOptions, removeEach } from './place.ts';

const page = 100;
const pagesMax = 20;

/** The rows of a list to its end. */
async function listed(call: Raw, path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let at = 1; at <= pagesMax; at += 1) {
    const { status, body, words } = await call('GET', path, { query: { ...query, per_page: page, page: at } });
    if (status !== 200) throw new Error(words);
    const rows = rowsOf(body);
    all.push(...rows);
    if (rows.length < page) return all;
  }
  throw new Error(`it lists more than ${page * pagesMax} of ${path}`);
}

const openPulls = async (call: Raw) =>
  (await listed(call, '/pulls', { state: 'open' })).map((row) => {
    return { number: Number(pick(row, 'number')), branch: String(pick(row, 'head', 'ref')) };
  });

export function createHub(options: PlaceOptions): Code {
  const { settings, fetch, redact, http } = options;
  const where = codeHostOf(settings);
  const names = ownerAndRepository(settings.GIT_REMOTE ?? '');
  if ('why' in where || !names) throw new Error('bug: the remote is not a repository of GitHub');
  const { owner, repository } = names;
  const token = settings.GIT_TOKEN ?? '';
  const call = createRaw({
    system: `GitHub (${owner})`,
    baseUrl: `${where.apiUrl}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}`,
    headers: {
      authorization: `Bearer ${token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'jvagent',
    },
    fetch,
    redact,
  });

  async function defaultBranch(): Promise<string> {
    const { status, body, words } = await call('GET', '');
    if (status !== 200) throw new Error(words);
    return String(pick(body, 'default_branch'));
  }

  async function change(method: string, path: string, body?: unknown): Promise<void> {
    const { status, words } = await call(method, path, { body });
    if (status >= 300) throw new Error(words);
  }

  return createCode(options, {
    name: `repository ${owner}/${repository}`,
    isEmulator: isEmulated(options),
    host: createGitHub({ apiUrl: where.apiUrl, owner, repository, token, http }),
    call,
    defaultBranch,
    async foreign() {
      const branches = (await listed(call, '/branches')).map((row) => String(pick(row, 'name')));
      const pulls = await openPulls(call);
      return foreignCode({ branches, pulls, defaultBranch: await defaultBranch() }, isMarked);
    },
    async clean() {
      const pulls = (await openPulls(call)).filter(({ branch }) => isMarked(branch));
      const close = ({ number }: { number: number }) => change('PATCH', `/pulls/${number}`, { state: 'closed' });
      const closed = await removeEach(pulls, ({ number }) => `pull request ${number}`, close);
      const refs = await listed(call, `/git/matching-refs/heads/${branchesOfAll}`);
      const branches = refs.map((row) => String(pick(row, 'ref')).replace(/^refs\/heads\//, '')).filter(isMarked);
      const drop = (branch: string) => change('DELETE', `/git/refs/heads/${branch}`);
      const gone = await removeEach(branches, (branch) => `branch ${branch}`, drop);
      return { removed: [...closed.removed, ...gone.removed], left: [...closed.left, ...gone.left] };
    },
  });
}
