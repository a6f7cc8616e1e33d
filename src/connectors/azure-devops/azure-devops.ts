/**
 * Azure DevOps Boards as the tracker.
 *
 * api (requests, check of the project) -> reads, checks, writes. https://learn.microsoft.com/rest/api/azure/devops/wit, version 7.1.
 */
import type { Tracker } from '../../work-items/tracker.ts';
import { type AzureDevOpsOptions, createAzureDevOpsApi } from './api.ts';
import { createAzureDevOpsReads } from './reads.ts';
import { projectsShape, typesShape } from './shapes.ts';
import { createAzureDevOpsWrites } from './writes.ts';

export function createAzureDevOps(options: AzureDevOpsOptions): Tracker {
  const api = createAzureDevOpsApi(options);
  return {
    ...createAzureDevOpsReads(api, options),
    ...createAzureDevOpsWrites(api),
    async stateNames() {
      const { value } = await api.get(typesShape, `${api.inProject}/_apis/wit/workitemtypes`);
      return new Map(value.map(({ name, states }) => [name, states.map((state) => state.name)]));
    },
    // https://learn.microsoft.com/rest/api/azure/devops/core/projects/list
    async projectsSeen() {
      const { value } = await api.get(projectsShape, `${api.org}/_apis/projects`, { $top: 100 });
      return value.map(({ name }) => name);
    },
  };
}
