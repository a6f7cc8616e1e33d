/** What is asked of Azure DevOps before any work item is begun: types, fields, areas, tags, people. Nothing is changed. */
import { z } from 'zod';
import type { TrackerChecks } from '../../work-items/tracker.ts';
import type { AzureDevOpsApi } from './api.ts';
import { accountsOf, identitiesQuery, identitiesShape } from './people.ts';
import { projectsShape, typesShape } from './shapes.ts';

const fieldsShape = z.object({
  value: z.array(
    z.object({ name: z.string(), fields: z.array(z.object({ referenceName: z.string(), name: z.string() })) }),
  ),
});

interface Node {
  name: string;
  children?: Node[] | null | undefined;
}

const nodeShape: z.ZodType<Node> = z.object({
  name: z.string(),
  get children() {
    return z.array(nodeShape).nullish();
  },
});

const permissionsShape = z.object({ value: z.array(z.boolean()) });

const teamsMax = 100;

/** As deep as the server lets areas be. */
const areaDepthMax = 14;

const pathsIn = ({ name, children }: Node, above: string[] = []): string[] => {
  const path = [...above, name];
  return [path.join('\\'), ...(children ?? []).flatMap((child) => pathsIn(child, path))];
};

/** The security namespace of tags, and its bit for creating one. https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference */
const tagging = { namespace: 'bb50f182-8e5e-40b8-bc21-e8752a1e7ae2', create: 2 };

export function createAzureDevOpsChecks(api: AzureDevOpsApi): TrackerChecks {
  // https://learn.microsoft.com/rest/api/azure/devops/core/projects/list
  const projects = async () => (await api.get(projectsShape, `${api.org}/_apis/projects`, { $top: 100 })).value;
  return {
    async stateNames() {
      const { value } = await api.get(typesShape, `${api.inProject}/_apis/wit/workitemtypes`);
      return new Map(value.map(({ name, states }) => [name, states.map((state) => state.name)]));
    },
    projectsSeen: async () => (await projects()).map(({ name }) => name),
    // https://learn.microsoft.com/rest/api/azure/devops/wit/work-item-types/list
    async fieldNames() {
      const { value } = await api.get(fieldsShape, `${api.inProject}/_apis/wit/workitemtypes`);
      const named = (field: { referenceName: string; name: string }) => ({
        id: field.referenceName,
        label: field.name,
      });
      return new Map(value.map(({ name, fields }) => [name, fields.map(named)]));
    },
    // https://learn.microsoft.com/rest/api/azure/devops/wit/classification-nodes/get
    async areas() {
      const path = `${api.inProject}/_apis/wit/classificationnodes/Areas`;
      return pathsIn(await api.get(nodeShape, path, { $depth: areaDepthMax }));
    },
    // https://learn.microsoft.com/rest/api/azure/devops/core/teams/get-teams
    async teams() {
      const path = `${api.org}/_apis/projects/${encodeURIComponent(api.project)}/teams`;
      return (await api.get(projectsShape, path, { $top: teamsMax })).value.map(({ name }) => name);
    },
    // https://learn.microsoft.com/rest/api/azure/devops/work/boards/list
    async boardsOf(team) {
      const path = `${api.inProject}/${encodeURIComponent(team)}/_apis/work/boards`;
      return (await api.get(projectsShape, path)).value.map(({ name }) => name);
    },
    // https://learn.microsoft.com/rest/api/azure/devops/wit/tags/list
    async tags() {
      const { value } = await api.get(projectsShape, `${api.inProject}/_apis/wit/tags`);
      return value.map(({ name }) => name);
    },
    // https://learn.microsoft.com/rest/api/azure/devops/security/permissions/has-permissions
    async mayCreateTags() {
      const own = (await projects()).find(({ name }) => name.toLowerCase() === api.project.toLowerCase());
      if (!own?.id) return undefined;
      const path = `${api.org}/_apis/permissions/${tagging.namespace}/${tagging.create}`;
      return (await api.get(permissionsShape, path, { tokens: `/${own.id}` })).value[0];
    },
    accounts: async (text) =>
      accountsOf(await api.ofPeople(identitiesShape, `${api.org}/_apis/identities`, identitiesQuery(text))),
  };
}
