/** Build validation of Azure Repos, which is a branch policy and no status: its evaluations as checks of a pull request. */
import { z } from 'zod';
import { known } from '../../base/known.ts';
import type { Check } from '../../work-items/code-host.ts';
import { moment } from '../http/outside.ts';

/** The artifact that policies are evaluated on. */
export const reviewArtifact = (projectId: string, number: number): string =>
  `vstfs:///CodeReview/CodeReviewId/${projectId}/${number}`;

/** Preview only, in every version. */
export const evaluationsVersion = { 'api-version': '7.1-preview.1' };

/** Microsoft calls `context` internal: whatever of it is missing is done without. */
export const evaluationsShape = z.object({
  value: z.array(
    z.object({
      status: z.string(),
      completedDate: moment.nullish(),
      configuration: z.object({
        isEnabled: z.boolean().default(true),
        type: z.object({ displayName: z.string().nullish() }),
        settings: z.object({ displayName: z.string().nullish(), buildDefinitionId: z.int().nullish() }).nullish(),
      }),
      context: z
        .object({
          buildId: z.int().nullish(),
          buildDefinitionName: z.string().nullish(),
          isExpired: z.boolean().nullish(),
          lastMergeSourceCommitId: z.string().nullish(),
          buildOutputPreview: z.object({ errors: z.array(z.object({ message: z.string() })).nullish() }).nullish(),
        })
        .nullish(),
    }),
  ),
});
type Evaluation = z.output<typeof evaluationsShape>['value'][number];

const states: Readonly<Record<string, Check['state']>> = {
  approved: 'passed',
  notApplicable: 'passed',
  rejected: 'failed',
};

/** A verdict counts that was reached about this commit, or after it was pushed where that is not said. */
function isCurrent({ completedDate, context }: Evaluation, headSha: string, pushedAt: number): boolean {
  if (context?.isExpired) return false;
  const about = context?.lastMergeSourceCommitId;
  return about ? about === headSha : (completedDate ?? 0) >= pushedAt;
}

/** Builds alone: what reviewers and comments must be like is for people. `pushedAt` is when `headSha` was, milliseconds since 1970. */
export function buildChecks(
  evaluations: readonly Evaluation[],
  headSha: string,
  pushedAt: number,
  buildUrl: (buildId: number) => string,
): Check[] {
  const builds = evaluations.filter(
    ({ configuration }) => configuration.isEnabled && configuration.settings?.buildDefinitionId,
  );
  return builds.map((evaluation) => {
    const { status, configuration, context } = evaluation;
    const { type, settings } = configuration;
    const name =
      settings?.displayName || context?.buildDefinitionName || `${type.displayName} ${settings?.buildDefinitionId}`;
    const errors = (context?.buildOutputPreview?.errors ?? []).map(({ message }) => message).join('\n');
    return known({
      name,
      state: isCurrent(evaluation, headSha, pushedAt) ? (states[status] ?? 'pending') : 'pending',
      url: context?.buildId ? buildUrl(context.buildId) : undefined,
      summary: errors || undefined,
    });
  });
}
