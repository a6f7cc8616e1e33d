/** Requests to Azure Repos with typed answers, and the addresses of one repository's pull requests. */
import type { z } from 'zod';
import type { AzureReposPlace } from '../../agents/azure-remote.ts';
import type { Account } from '../../work-items/tracker.ts';
import { apiVersion, peopleHostOf } from '../azure-devops/api.ts';
import { accountsOf, identitiesQuery, identitiesShape } from '../azure-devops/people.ts';
import { connectionShape } from '../azure-devops/shapes.ts';
import { createHttpClient, type HttpClient, type HttpSettings, type ReadOptions } from '../http/http-client.ts';
import { type Listed, pagesMax, shaped, wholeOf } from '../http/outside.ts';
import { type Identity, type Pull, pullShape } from './shapes.ts';

export interface AzureReposOptions extends AzureReposPlace {
  /** A personal access token of this organization, scope code read and write. */
  token: string;
  /** Whether the work items are in the same organization, and can link to its pull requests as such. */
  hasTracker: boolean;
  http: HttpSettings;
}

const pageRows = 100;

/** Answers of one thing, and of lists page by page. */
function createReads(client: HttpClient, system: string) {
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

  return { read, list };
}

/** Requests with typed answers, and the addresses of our repository's pull requests. */
export function createAzureReposApi({ baseUrl, organization, project, repository, token, http }: AzureReposOptions) {
  const system = `Azure Repos (${organization})`;
  const authorization = `Basic ${Buffer.from(`:${token}`).toString('base64')}`;
  const [org, home, name] = [organization, project, repository].map(encodeURIComponent);
  const clientOf = (address: string) =>
    createHttpClient({
      http,
      tokenName: 'GIT_TOKEN',
      address: { setting: 'GIT_REMOTE', at: (base) => `${base}/${org}/${home}/_git/${name}` },
      system,
      baseUrl: address,
      answers: 'json',
      // Without the second one a dead token is answered with a redirect to a sign-in page.
      headers: () => ({ authorization, 'X-TFS-FedAuthRedirect': 'Suppress' }),
    });
  const client = clientOf(baseUrl);
  const web = `${baseUrl.replace(/\/+$/, '')}/${org}/${home}`;

  const { read, list } = createReads(client, system);
  const pulls = `/${org}/${home}/_apis/git/repositories/${name}/pullRequests`;
  let knownProject: string | undefined;
  let knownMe: Identity | undefined;

  async function pull(number: number): Promise<Pull> {
    const found = await read(pullShape, `${pulls}/${number}`);
    knownProject = found.repository.project.id;
    return found;
  }

  async function me(): Promise<Identity> {
    if (knownMe) return knownMe;
    const path = `/${org}/_apis/connectionData`;
    const { authenticatedUser: user } = await read(connectionShape, path, { 'api-version': '7.1-preview.1' });
    knownMe = { id: user.id, uniqueName: user.properties?.Account?.$value ?? '' };
    return knownMe;
  }

  /** Everybody of this id, mail address or name, as far as the token may read it: scope Identity (Read). */
  async function accounts(text: string): Promise<Account[]> {
    const people = createReads(clientOf(peopleHostOf(baseUrl)), system);
    return accountsOf(await people.read(identitiesShape, `/${org}/_apis/identities`, identitiesQuery(text)));
  }

  return {
    system,
    pulls,
    pull,
    accounts,
    /** The id of the repository's project, which never changes; a pull request names it. */
    projectId: async (number: number) => knownProject ?? (await pull(number)).repository.project.id,
    me,
    evaluations: `/${org}/${home}/_apis/policy/evaluations`,
    pageOf: (number: number) => `${web}/_git/${name}/pullrequest/${number}`,
    buildUrl: (buildId: number) => `${web}/_build/results?buildId=${buildId}`,
    read,
    list,
    /** The rows of a list to its end; throws an OutsideError where it was cut. */
    whole: async <T>(shape: z.ZodType<{ value: T[] }>, path: string): Promise<T[]> =>
      wholeOf(await list(shape, path), { system, request: `GET ${path}` }),
    send: client.send,
  };
}

export type AzureReposApi = ReturnType<typeof createAzureReposApi>;
