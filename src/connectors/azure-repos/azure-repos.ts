/** Azure Repos as the code host: pull requests from our branches, what people say on them, and whether they were completed. */

import { OutsideError } from '../../base/errors.ts';
import { startOf } from '../../documents/cut.ts';
import type { Check, CodeHost, PullRequest, PullRequestDraft } from '../../work-items/code-host.ts';
import { apiVersion } from '../azure-devops/api.ts';
import { type Listed, shaped, wholeOf } from '../http/outside.ts';
import { type AzureReposApi, type AzureReposOptions, createAzureReposApi } from './api.ts';
import { createExtras } from './extras.ts';
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

const descriptionCharsMax = 4_000;

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

/** The unread rest of a list, as one more check. */
const beyond = ({ rows, isWhole }: Listed<unknown>, what: string): Check[] =>
  isWhole ? [] : [{ name: `${what} beyond the first ${rows.length}`, state: 'unknown' }];

/** Statuses and builds of the newest push. */
async function readChecks(
  { pulls, evaluations, buildUrl, projectId, list, whole }: AzureReposApi,
  { number, headSha }: Pick<PullRequest, 'number' | 'headSha'>,
): Promise<Check[]> {
  const artifactId = reviewArtifact(await projectId(number), number);
  const query = { ...evaluationsVersion, artifactId };
  const [statuses, policies] = await Promise.all([
    list(statusesShape, `${pulls}/${number}/statuses`),
    list(evaluationsShape, evaluations, { query, isSkipped: true }),
  ]);
  if (statuses.rows.length + policies.rows.length === 0) return [];
  const newest = newestOf(await whole(iterationsShape, `${pulls}/${number}/iterations`));
  if (newest?.sourceRefCommit?.commitId !== headSha) return [];
  return [
    ...checksOf(statuses.rows, newest),
    ...buildChecks(policies.rows, headSha, newest.createdDate, buildUrl),
    ...[beyond(statuses, 'statuses'), beyond(policies, 'policy evaluations')].flat(),
  ];
}

export function createAzureRepos(options: AzureReposOptions): CodeHost {
  const api = createAzureReposApi(options);
  const { system, pulls, pageOf, read, list, whole, send, me } = api;

  /** In our words; who we are matters where somebody has completed it, or where it is looked for by its branch. */
  async function inOurWords(pull: Pull, ourselves?: Identity): Promise<PullRequest> {
    const { artifact, ...words } = pullRequestOf(pull, pageOf(pull.pullRequestId), ourselves);
    return artifact && options.hasTracker ? { ...words, artifact } : words;
  }

  async function get(number: number): Promise<PullRequest> {
    const found = await api.pull(number);
    return inOurWords(found, found.status === 'completed' ? await me() : undefined);
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
    ...createExtras(api),

    async notes(number, heard) {
      const threads = await whole(threadsShape, `${pulls}/${number}/threads`);
      const isNew = ({ id }: { id: string }) => !heard?.has(id);
      // Who may steer matters only for what was not heard before.
      if (!notesOf(threads, []).some(isNew)) return [];
      return notesOf(threads, await whole(reviewersShape, `${pulls}/${number}/reviewers`)).filter(isNew);
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
