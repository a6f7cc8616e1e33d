/** Labels and requested reviewers of a pull request on GitHub. */
import { z } from 'zod';
import type { CodeHost } from '../../work-items/code-host.ts';
import type { GitHubApi } from './octokit.ts';

const extrasShape = z.object({
  labels: z.array(z.object({ name: z.string() })).default([]),
  requested_reviewers: z.array(z.object({ login: z.string() })).default([]),
  requested_teams: z.array(z.object({ slug: z.string() })).default([]),
});

/** `acme/reviewers` names the team `reviewers`, anything else a person. */
const teamOf = (reviewer: string): string | undefined => /^[^/]+\/([^/]+)$/.exec(reviewer)?.[1];

const isSame = (one: string, two: string) => one.toLowerCase() === two.toLowerCase();

/**
 * The part of the code host that is about them. GitHub knows names without case.
 * https://docs.github.com/rest/issues/labels and https://docs.github.com/rest/pulls/review-requests
 */
export function createExtras(
  api: GitHubApi,
  inRepository: string,
): Pick<CodeHost, 'hasLabel' | 'addLabel' | 'isReviewer' | 'addReviewer'> {
  const read = (number: number) => api.get(extrasShape, `${inRepository}/pulls/${number}`);
  return {
    hasLabel: async (number, label) => (await read(number)).labels.some(({ name }) => isSame(name, label)),
    async addLabel(permit, pullRequest, label) {
      const path = `${inRepository}/issues/${pullRequest}/labels`;
      const request = { method: 'POST', path, body: { labels: [label] } } as const;
      await api.send(z.unknown(), permit, ['label-pr'], { pullRequest }, request);
    },
    async isReviewer(number, reviewer) {
      const { requested_reviewers: people, requested_teams: teams } = await read(number);
      const team = teamOf(reviewer);
      return team ? teams.some(({ slug }) => isSame(slug, team)) : people.some(({ login }) => isSame(login, reviewer));
    },
    async addReviewer(permit, pullRequest, reviewer) {
      const path = `${inRepository}/pulls/${pullRequest}/requested_reviewers`;
      const team = teamOf(reviewer);
      const body = team ? { team_reviewers: [team] } : { reviewers: [reviewer] };
      await api.send(z.unknown(), permit, ['ask-review'], { pullRequest }, { method: 'POST', path, body });
    },
  };
}
