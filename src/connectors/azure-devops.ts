/**
 * Azure DevOps Boards as the tracker.
 *
 * api (requests, whose item is it) -> reads, writes. https://learn.microsoft.com/rest/api/azure/devops/wit, version 7.1.
 */
import type { Tracker } from '../work-items/tracker.ts';
import { type AzureDevOpsOptions, createAzureDevOpsApi } from './azure-devops-api.ts';
import { createAzureDevOpsReads } from './azure-devops-reads.ts';
import { statesShape } from './azure-devops-shapes.ts';
import { createAzureDevOpsWrites } from './azure-devops-writes.ts';

export interface AzureDevOps extends Tracker {
  /** The names of a work item type's states, as the project's process has them now. */
  states(type: string): Promise<string[]>;
}

export function createAzureDevOps(options: AzureDevOpsOptions): AzureDevOps {
  const api = createAzureDevOpsApi(options);
  return {
    ...createAzureDevOpsReads(api, options),
    ...createAzureDevOpsWrites(api),
    async states(type) {
      const path = `${api.inProject}/_apis/wit/workitemtypes/${encodeURIComponent(type)}/states`;
      return (await api.get(statesShape, path)).value.map(({ name }) => name);
    },
  };
}
