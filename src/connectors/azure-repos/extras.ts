/** Labels and reviewers of a pull request in Azure Repos. */
import { z } from 'zod';
import { OutsideError } from '../../base/errors.ts';
import type { CodeHost } from '../../work-items/code-host.ts';
import { apiVersion } from '../azure-devops/api.ts';
import { isGuid } from '../azure-devops/people.ts';
import type { AzureReposApi } from './api.ts';
import { nameOf, reviewersShape } from './shapes.ts';

/** A list without labels has no `value` at some versions of the server. */
const labelsShape = z.object({ value: z.array(z.object({ name: z.string() })).default([]) });

/** The id of a reviewer who may be named by mail address; throws an OutsideError, `refused`, if it is not one person or group. */
async function idOf({ system, accounts }: AzureReposApi, reviewer: string): Promise<string> {
  if (isGuid.test(reviewer)) return reviewer.toLowerCase();
  const found = await accounts(reviewer);
  const [only] = found;
  if (only && found.length === 1) return only.id;
  const who = found.length === 0 ? 'nobody' : `${found.length} people or groups`;
  const request = 'GET /_apis/identities';
  throw new OutsideError(`${system} knows ${who} by the name ${reviewer}`, { system, request, kind: 'refused' });
}

/**
 * The part of the code host that is about them: a reviewer is an id, a mail address or the name of a group.
 * https://learn.microsoft.com/rest/api/azure/devops/git/pull-request-labels and .../git/pull-request-reviewers
 */
export function createExtras(
  api: AzureReposApi,
): Pick<CodeHost, 'hasLabel' | 'addLabel' | 'isReviewer' | 'addReviewer'> {
  const { pulls, whole, read, send } = api;
  return {
    async hasLabel(number, label) {
      const { value } = await read(labelsShape, `${pulls}/${number}/labels`);
      return value.some(({ name }) => name.toLowerCase() === label.toLowerCase());
    },
    async addLabel(permit, pullRequest, label) {
      const path = `${pulls}/${pullRequest}/labels`;
      const request = { method: 'POST', path, query: apiVersion, body: { name: label } } as const;
      await send(permit, ['label-pr'], { pullRequest }, request);
    },
    async isReviewer(number, reviewer) {
      const reviewers = await whole(reviewersShape, `${pulls}/${number}/reviewers`);
      const isThem = (name: string) => name.toLowerCase() === reviewer.toLowerCase();
      return reviewers.some((one) => isThem(one.id) || isThem(nameOf(one)));
    },
    async addReviewer(permit, pullRequest, reviewer) {
      const id = await idOf(api, reviewer);
      const path = `${pulls}/${pullRequest}/reviewers/${id}`;
      const request = { method: 'PUT', path, query: apiVersion, body: { id, vote: 0 } } as const;
      await send(permit, ['ask-review'], { pullRequest }, request);
    },
  };
}
