/** The errors of repositories and pull requests, with Azure Repos' own message, status and `typeKey`. */
import { ApiError } from '../api/errors.ts';

const assembly = 'Microsoft.TeamFoundation.Git.Server';

export const pullErrors = {
  missingRepository: (name: string) =>
    new ApiError({
      status: 404,
      typeKey: 'GitRepositoryNotFoundException',
      assembly,
      message: `TF401019: The Git repository with name or identifier ${name} does not exist or you do not have permissions for the operation you are attempting.`,
    }),
  missingPull: () =>
    new ApiError({
      status: 404,
      typeKey: 'GitPullRequestNotFoundException',
      assembly,
      message: 'TF401180: The requested pull request was not found.',
    }),
  missingThread: (id: number) =>
    new ApiError({
      status: 404,
      typeKey: 'DiscussionThreadNotFoundException',
      assembly,
      message: `VS403050: The comment thread ${id} was not found.`,
    }),
  pullExists: () =>
    new ApiError({
      status: 409,
      typeKey: 'GitPullRequestExistsException',
      assembly,
      message: 'TF401179: An active pull request for the source and target branch already exists.',
    }),
  missingBranch: () =>
    new ApiError({
      status: 400,
      typeKey: 'GitPullRequestCannotBeActivated',
      assembly,
      message:
        'TF401398: The pull request cannot be activated because the source and/or the target branch no longer exists, or the requested refs are not branches',
    }),
  stale: () =>
    new ApiError({
      status: 409,
      typeKey: 'GitPullRequestStaleException',
      assembly,
      message: 'TF401192: The source branch has been modified since the last merge attempt.',
    }),
  needsPermission: (permission: string, person: string) =>
    new ApiError({
      status: 403,
      typeKey: 'GitNeedsPermissionException',
      assembly,
      message: `TF401027: You need the Git '${permission}' permission to perform this action. Details: identity '${person}', scope 'repository'.`,
    }),
  notEditable: () =>
    new ApiError({
      status: 400,
      typeKey: 'GitPullRequestNotEditableException',
      assembly,
      message: 'TF401181: The pull request cannot be edited due to its state.',
    }),
  policy: (words: string) =>
    new ApiError({ status: 400, typeKey: 'GitRefUpdateRejectedByPolicyException', assembly, message: words }),
};
