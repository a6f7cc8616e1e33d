/**
 * Azure DevOps Boards as the tracker.
 *
 * api (requests, whose item is it) -> reads, writes. https://learn.microsoft.com/rest/api/azure/devops/wit, version 7.1.
 */
import type { Tracker } from '../../work-items/tracker.ts';
import { type AzureDevOpsOptions, createAzureDevOpsApi } from './api.ts';
import { createAzureDevOpsReads } from './reads.ts';
import { typesShape } from './shapes.ts';
import { createAzureDevOpsWrites } from './writes.ts';

export interface AzureDevOps extends Tracker {
  /** The names of the states of each work item type of the project, in the board's order, as its process has them now. */
  stateNames(): Promise<ReadonlyMap<string, readonly string[]>>;
}

export function createAzureDevOps(options: AzureDevOpsOptions): AzureDevOps {
  const api = createAzureDevOpsApi(options);
  return {
    ...createAzureDevOpsReads(api, options),
    ...createAzureDevOpsWrites(api),
    async stateNames() {
      const { value } = await api.get(typesShape, `${api.inProject}/_apis/wit/workitemtypes`);
      return new Map(value.map(({ name, states }) => [name, states.map((state) => state.name)]));
    },
  };
}
