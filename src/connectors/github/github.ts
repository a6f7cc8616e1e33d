/** GitHub as the code host: pull requests from our branches, what people say on them, and whether they were merged. */
import type { z } from 'zod';
import { OutsideError } from '../../base/errors.ts';
import type { Check, CodeHost, PullRequest } from '../../work-items/code-host.ts';
import { type Listed, wholeOf } from '../http/outside.ts';
import { createExtras } from './extras.ts';
import { createGitHubApi, type GitHubApiOptions, type GitHubPage } from './octokit.ts';
import { createRights } from './rights.ts';
import {
  checkRunsShape,
  commentNotes,
  commentsShape,
  lineCommentsShape,
  lineNotes,
  pullRequestOf,
  pullShape,
  reviewNotes,
  reviewsShape,
  rowsShape,
  runChecks,
  statusChecks,
  statusShape,
  userShape,
} from './shapes.ts';

/** Owner and repository of a remote's address, `https://github.com/acme/app.git` or `git@github.com:acme/app.git`. */
export function ownerAndRepository(remoteUrl: string): { owner: string; repository: string } | undefined {
  const match = /[/:]([^/:]+)\/([^/]+?)(?:\.git)?\/?$/.exec(remoteUrl);
  const [, owner, repository] = match ?? [];
  return owner && repository ? { owner, repository } : undefined;
}

/** Fine-grained tokens of people cannot be given the right to read checks, only that to read statuses. */
async function unlessClosed<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (error instanceof OutsideError && error.facts.status === 403 && error.facts.kind === 'auth') return undefined;
    throw error;
  });
}

/** The checks of a list; where it was cut, one more that says so. */
function listedChecks<T>({ rows, isWhole }: Listed<T>, checksOf: (rows: T[]) => Check[], what: string): Check[] {
  const checks = checksOf(rows);
  return isWhole ? checks : [...checks, { name: `${what} beyond the first ${rows.length}`, state: 'unknown' }];
}

/** GitHub answers 422 to the text of a pull request that is longer. */
const bodyCharsMax = 65_536;

export function createGitHub(options: GitHubApiOptions): CodeHost {
  const { owner, repository } = options;
  const api = createGitHubApi(options);
  const inRepository = `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(repository)}`;
  const { withRights } = createRights({ api, inRepository, clock: options.http.clock });
  const system = `GitHub (${owner})`;
  const fullName = `${owner}/${repository}`.toLowerCase();

  async function get(number: number): Promise<PullRequest> {
    return pullRequestOf(await api.get(pullShape, `${inRepository}/pulls/${number}`));
  }

  /** GitHub ignores a filter that it does not understand, so every row is looked at again. */
  async function find(branch: string, base: string): Promise<PullRequest | undefined> {
    const path = `${inRepository}/pulls`;
    const query = { state: 'all', head: `${owner}:${branch}`, base };
    const listed = await api.list(rowsShape, path, query);
    const ours = listed.rows.filter(
      (row) => row.head.ref === branch && row.base.ref === base && row.head.repo?.full_name.toLowerCase() === fullName,
    );
    // The newest come first, so that a list that was cut tells of them too; but it never tells that there is none.
    if (ours.length === 0) wholeOf(listed, { system, request: `GET ${path}` });
    return ours.length > 0 ? get(Math.max(...ours.map((row) => row.number))) : undefined;
  }

  return {
    ...{ bodyCharsMax, find, get, lookPause: api.lookPause, tokenExpiresAt: api.tokenExpiresAt },
    me: async () => (await api.get(userShape, '/user')).login,
    ...createExtras(api, inRepository),

    async notes(number, heard) {
      const all = async <T>(shape: z.ZodType<GitHubPage<T>>, path: string) =>
        wholeOf(await api.list(shape, path), { system, request: `GET ${path}` });
      const reviews = await all(reviewsShape, `${inRepository}/pulls/${number}/reviews`);
      const lines = await all(lineCommentsShape, `${inRepository}/pulls/${number}/comments`);
      const comments = await all(commentsShape, `${inRepository}/issues/${number}/comments`);
      const notes = [...reviewNotes(reviews), ...lineNotes(lines), ...commentNotes(comments)];
      return withRights(notes.filter(({ id }) => !heard?.has(id)).sort((a, b) => a.at - b.at));
    },

    async checks({ headSha }) {
      const commit = `${inRepository}/commits/${headSha}`;
      const runs = await unlessClosed(api.list(checkRunsShape, `${commit}/check-runs`));
      const statuses = await unlessClosed(api.list(statusShape, `${commit}/status`));
      return [
        ...(runs ? listedChecks(runs, runChecks, 'check runs') : []),
        ...(statuses ? listedChecks(statuses, statusChecks, 'commit statuses') : []),
      ];
    },

    async open(permit, { branch, sha, base, title, body, draft }) {
      const request = {
        method: 'POST',
        path: `${inRepository}/pulls`,
        body: { title, head: branch, base, body, draft },
      } as const;
      try {
        return pullRequestOf(await api.send(pullShape, permit, ['open-pr'], { branch, sha }, request));
      } catch (error) {
        // "There is one already" and "there is nothing to merge" are the same 422: the one that is there decides.
        if (!(error instanceof OutsideError) || error.facts.status !== 422) throw error;
        const there = await find(branch, base);
        if (there?.state === 'open') return there;
        throw error;
      }
    },
  };
}
