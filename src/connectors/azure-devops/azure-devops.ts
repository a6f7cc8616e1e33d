/**
 * Azure DevOps Boards as the tracker.
 *
 * api (requests, check of the project) -> reads, checks, writes. https://learn.microsoft.com/rest/api/azure/devops/wit, version 7.1.
 */
import type { Tracker } from '../../work-items/tracker.ts';
import { type AzureDevOpsOptions, createAzureDevOpsApi } from './api.ts';
import { createAzureDevOpsChecks } from './checks.ts';
import { createAzureDevOpsReads } from './reads.ts';
import { createAzureDevOpsWrites } from './writes.ts';

export function createAzureDevOps(options: AzureDevOpsOptions): Tracker {
  const api = createAzureDevOpsApi(options);
  return {
    ...createAzureDevOpsReads(api, options),
    ...createAzureDevOpsWrites(api),
    ...createAzureDevOpsChecks(api),
  };
}
