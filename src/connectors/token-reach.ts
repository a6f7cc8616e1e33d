/** How far the token of the code host reaches: what it sees besides the one repository that it is for, and whether it may push there. */
import { z } from 'zod';
import { createGitHubApi, type GitHubApiOptions } from './github/octokit.ts';
import { createHttpClient, type HttpSettings } from './http/http-client.ts';

const repositoriesShape = z.array(z.object({ full_name: z.string() }));

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
  const client = createHttpClient({ http, system: 'git', baseUrl: url.origin, answers: 'any', headers });
  const path = `${url.pathname.replace(/\/$/, '')}/info/refs`;
  const asked = { query: { service: 'git-receive-pack' }, accepts: () => true, retriesMax: 0 };
  return (await client.get(path, asked)).status;
}
