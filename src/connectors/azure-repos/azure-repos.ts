/** Azure Repos as the code host: pull requests from our branches, what people say on them, and whether they were completed. */

import type { z } from 'zod';
import type { AzureReposPlace } from '../../agents/provider.ts';
import { OutsideError } from '../../base/errors.ts';
import { startOf } from '../../documents/cut.ts';
import type { Check, CodeHost, PullRequest, PullRequestDraft } from '../../work-items/code-host.ts';
import { apiVersion } from '../azure-devops/api.ts';
import { connectionShape } from '../azure-devops/shapes.ts';
import { createHttpClient, type HttpSettings, type ReadOptions } from '../http/http-client.ts';
import { type Listed, pagesMax, shaped, wholeOf } from '../http/outside.ts';
import { buildChecks, evaluationsShape, evaluationsVersion, reviewArtifact } from './policies.ts';
import {
  checksOf,
  headRef,
  type Identity,
  iterationsShape,
  nameOf,
  newestBetween,
  newestOf,
  notesOf,
  type Pull,
  pullRequestOf,
  pullShape,
  reviewersShape,
  rowsShape,
  statusesShape,
  threadsShape,
} from './shapes.ts';

export interface AzureReposOptions extends AzureReposPlace {
  /** A personal access token of this organization, scope code read and write. */
  token: string;
  /** Whether the work items are in the same organization, and can link to its pull requests as such. */
  hasTracker: boolean;
  http: HttpSettings;
}

const descriptionCharsMax = 4_000;
const pageRows = 100;

/** What the server takes of a description: whole lines, and a word where some are missing. */
function shortened(text: string): string {
  if (text.length <= descriptionCharsMax) return text;
  const mark = '\n\n(shortened)';
  const cut = startOf(text, descriptionCharsMax - mark.length);
  return `${cut.slice(0, Math.max(cut.lastIndexOf('\n'), 0)) || cut}${mark}`;
}

const bodyOf = ({ branch, base, title, body, draft }: PullRequestDraft) => ({
  sourceRefName: headRef(branch),
  targetRefName: headRef(base),
  title,
  description: shortened(body),
  isDraft: draft,
});

/** Requests with typed answers, and the addresses of our repository's pull requests. */
function createApi({ baseUrl, organization, project, repository, token, http }: AzureReposOptions) {
  const system = `Azure Repos (${organization})`;
  const authorization = `Basic ${Buffer.from(`:${token}`).toString('base64')}`;
  const [org, home, name] = [organization, project, repository].map(encodeURIComponent);
  const client = createHttpClient({
    http,
    tokenName: 'GIT_TOKEN',
    address: { setting: 'GIT_REMOTE', at: (base) => `${base}/${org}/${home}/_git/${name}` },
    system,
    baseUrl,
    answers: 'json',
    // Without the second one a dead token is answered with a redirect to a sign-in page.
    headers: () => ({ authorization, 'X-TFS-FedAuthRedirect': 'Suppress' }),
  });
  const web = `${baseUrl.replace(/\/+$/, '')}/${org}/${home}`;

  async function read<T>(shape: z.ZodType<T>, path: string, query: ReadOptions['query'] = {}): Promise<T> {
    const { body } = await client.get(path, { query: { ...apiVersion, ...query } });
    return shaped(shape, body, { system, request: `GET ${path}` });
  }

  /** Lists with `$top` and `$skip` are asked for by these; any other list that was cut names the rest with a token. */
  async function list<T>(
    shape: z.ZodType<{ value: T[] }>,
    path: string,
    { query = {}, isSkipped = false }: { query?: ReadOptions['query']; isSkipped?: boolean } = {},
  ): Promise<Listed<T>> {
    const rows: T[] = [];
    for (let page = 1, token: string | null = null; page <= pagesMax; page += 1) {
      const place = {
        ...(isSkipped && { $top: pageRows, $skip: rows.length }),
        ...(token && { continuationToken: token }),
      };
      const { body, headers } = await client.get(path, { query: { ...apiVersion, ...query, ...place } });
      const { value } = shaped(shape, body, { system, request: `GET ${path}` });
      rows.push(...value);
      token = headers.get('x-ms-continuationtoken');
      if (!token && !(isSkipped && value.length >= pageRows)) return { rows, isWhole: true };
    }
    return { rows, isWhole: false };
  }

  return {
    system,
    pulls: `/${org}/${home}/_apis/git/repositories/${name}/pullRequests`,
    evaluations: `/${org}/${home}/_apis/policy/evaluations`,
    pageOf: (number: number) => `${web}/_git/${name}/pullrequest/${number}`,
    buildUrl: (buildId: number) => `${web}/_build/results?buildId=${buildId}`,
    read,
    list,
    /** The rows of a list to its end; throws an OutsideError where it was cut. */
    whole: async <T>(shape: z.ZodType<{ value: T[] }>, path: string): Promise<T[]> =>
      wholeOf(await list(shape, path), { system, request: `GET ${path}` }),
    send: client.send,
    async me(): Promise<Identity> {
      const path = `/${org}/_apis/connectionData`;
      const { authenticatedUser: user } = await read(connectionShape, path, { 'api-version': '7.1-preview.1' });
      return { id: user.id, uniqueName: user.properties?.Account?.$value ?? '' };
    },
  };
}

/** The unread rest of a list, as one more check. */
const beyond = ({ rows, isWhole }: Listed<unknown>, what: string): Check[] =>
  isWhole ? [] : [{ name: `${what} beyond the first ${rows.length}`, state: 'unknown' }];

type AzureReposApi = ReturnType<typeof createApi>;

/** Statuses and builds of the newest push. */
async function readChecks(
  { pulls, evaluations, buildUrl, read, list, whole }: AzureReposApi,
  { number, headSha }: Pick<PullRequest, 'number' | 'headSha'>,
): Promise<Check[]> {
  const [statuses, iterations, { repository }] = await Promise.all([
    list(statusesShape, `${pulls}/${number}/statuses`),
    whole(iterationsShape, `${pulls}/${number}/iterations`),
    read(pullShape, `${pulls}/${number}`),
  ]);
  const newest = newestOf(iterations);
  if (newest?.sourceRefCommit?.commitId !== headSha) return [];
  const artifactId = reviewArtifact(repository.project.id, number);
  const query = { ...evaluationsVersion, artifactId };
  const policies = await list(evaluationsShape, evaluations, { query, isSkipped: true });
  return [
    ...checksOf(statuses.rows, newest),
    ...buildChecks(policies.rows, headSha, newest.createdDate, buildUrl),
    ...[beyond(statuses, 'statuses'), beyond(policies, 'policy evaluations')].flat(),
  ];
}

export function createAzureRepos(options: AzureReposOptions): CodeHost {
  const api = createApi(options);
  const { system, pulls, pageOf, read, list, whole, send, me } = api;

  /** In our words; who we are matters where somebody has completed it, or where it is looked for by its branch. */
  async function inOurWords(pull: Pull, ourselves?: Identity): Promise<PullRequest> {
    const { artifact, ...words } = pullRequestOf(pull, pageOf(pull.pullRequestId), ourselves);
    return artifact && options.hasTracker ? { ...words, artifact } : words;
  }

  async function get(number: number): Promise<PullRequest> {
    const pull = await read(pullShape, `${pulls}/${number}`);
    return inOurWords(pull, pull.status === 'completed' ? await me() : undefined);
  }

  async function find(branch: string, base: string): Promise<PullRequest | undefined> {
    const [source, target] = [headRef(branch), headRef(base)];
    const query = {
      'searchCriteria.status': 'all',
      'searchCriteria.sourceRefName': source,
      'searchCriteria.targetRefName': target,
    };
    const listed = await list(rowsShape, pulls, { query, isSkipped: true });
    const newest = newestBetween(listed.rows, source, target);
    // The newest come first, so that a list that was cut tells of them too; but it never tells that there is none.
    if (newest === undefined) wholeOf(listed, { system, request: `GET ${pulls}` });
    if (newest === undefined) return undefined;
    const [pull, ourselves] = await Promise.all([read(pullShape, `${pulls}/${newest}`), me()]);
    return inOurWords(pull, ourselves);
  }

  return {
    ...{ bodyCharsMax: descriptionCharsMax, find, get },
    me: async () => nameOf(await me()),

    async notes(number, heard) {
      const [threads, reviewers] = await Promise.all([
        whole(threadsShape, `${pulls}/${number}/threads`),
        whole(reviewersShape, `${pulls}/${number}/reviewers`),
      ]);
      return notesOf(threads, reviewers).filter(({ id }) => !heard?.has(id));
    },

    checks: (pullRequest) => readChecks(api, pullRequest),

    async open(permit, draft) {
      const { branch, sha, base } = draft;
      const request = { method: 'POST', path: pulls, query: apiVersion, body: bodyOf(draft) } as const;
      try {
        const { body } = await send(permit, ['open-pr'], { branch, sha }, request);
        return await inOurWords(shaped(pullShape, body, { system, request: `POST ${pulls}` }, true));
      } catch (error) {
        if (!(error instanceof OutsideError) || error.facts.typeKey !== 'GitPullRequestExistsException') throw error;
        const there = await find(branch, base);
        if (there?.state === 'open') return there;
        throw error;
      }
    },
  };
}
