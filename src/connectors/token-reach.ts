/** How far a token reaches: what it sees besides the one place that it is for, and whether it may push there. */
import { z } from 'zod';
import { type AzureDevOpsOptions, createAzureDevOpsApi } from './azure-devops/api.ts';
import { createGitHubApi, type GitHubApiOptions } from './github/octokit.ts';
import { createHttpClient, type HttpSettings } from './http/http-client.ts';

const projectsShape = z.object({ value: z.array(z.object({ name: z.string() })) });
const repositoriesShape = z.array(z.object({ full_name: z.string() }));

/** The names of the projects that the token sees. https://learn.microsoft.com/rest/api/azure/devops/core/projects/list */
export async function projectsSeen(options: AzureDevOpsOptions): Promise<string[]> {
  const api = createAzureDevOpsApi(options);
  const { value } = await api.get(projectsShape, `${api.org}/_apis/projects`, { $top: 100 });
  return value.map(({ name }) => name);
}

/**
 * Repositories, `owner/name`, that the token was given, those of others that anybody sees left out.
 * https://docs.github.com/rest/repos/repos#list-repositories-for-the-authenticated-user
 */
export async function repositoriesSeen(options: GitHubApiOptions): Promise<string[]> {
  const rows = await createGitHubApi(options).get(repositoriesShape, '/user/repos', { per_page: 100 });
  return rows.map((row) => row.full_name);
}

/** The remote's answer to the question with which a push begins; nothing is pushed. https://git-scm.com/docs/http-protocol */
export async function pushStatus(remote: string, token: string, http: HttpSettings): Promise<number> {
  const url = new URL(remote);
  const authorization = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`;
  const headers = () => ({ authorization });
  const client = createHttpClient({ ...http, system: 'git', baseUrl: url.origin, answers: 'any', headers });
  const path = `${url.pathname.replace(/\/$/, '')}/info/refs`;
  const asked = { query: { service: 'git-receive-pack' }, accepts: () => true, retriesMax: 0 };
  return (await client.get(path, asked)).status;
}
