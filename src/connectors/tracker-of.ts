/** The tracker of an agent, with all that goes with it: the only place where an adapter is chosen. */
import type { Agent, CodeChangeAgent } from '../agents/agent.ts';
import { azureReposOf } from '../agents/azure-remote.ts';
import {
  boardNamed,
  type DevopsConfig,
  type TrackerKind,
  trackerKindOf,
  trackerNamesOf,
} from '../agents/config/devops.ts';
import { codeHostPlaceOf } from '../agents/provider.ts';
import { missingSecret } from '../agents/secrets/secrets.ts';
import type { Refusal } from '../refusal.ts';
import type { TrackerTool } from '../tools/tracker-tool.ts';
import type { Tracker } from '../work-items/tracker.ts';
import { boardsOf, pagesOf, tenantOf } from './azure-devops/api.ts';
import { createAzureDevOps } from './azure-devops/azure-devops.ts';
import type { HttpSettings } from './http/http-client.ts';

export interface TrackerOf {
  tracker: Tracker;
  /** Where it keeps the work items, as permits name it. */
  tenant: string;
  /** Loads the model's tool for it. */
  trackerTool: () => Promise<TrackerTool>;
  /** How texts at the code host name a work item so that the tracker links to it. */
  mention: (workItemId: number) => string;
  /** Whether pull requests are of the same system, so that a work item links to one as of its own kind. */
  hasCode: boolean;
}

export interface TrackerOfOptions {
  agent: Pick<Agent, 'id' | 'config' | 'locations'>;
  /** The agent's own, by name. */
  secret: (name: string) => string | undefined;
  http: HttpSettings;
}

type Adapter = (options: TrackerOfOptions, devops: DevopsConfig, token: string) => TrackerOf | Refusal;

const azureDevOps: Adapter = ({ agent, http }, devops, pat) => {
  const { organization, project, remote = '' } = agent.locations;
  if (!organization || !project) return missingSecret(agent, trackerNamesOf(devops).project);
  const { contentFields, baseUrl } = devops;
  const place = codeHostPlaceOf(agent);
  const isAzureRepos = 'provider' in place && place.provider === 'azure-repos';
  return {
    tracker: createAzureDevOps({ baseUrl, organization, project, own: devops, pat, contentFields, http }),
    tenant: tenantOf({ organization, project }),
    trackerTool: async () => (await import('./azure-devops/tool.ts')).createAzdoTool,
    mention: (workItemId) => (isAzureRepos ? `#${workItemId}` : `AB#${workItemId}`),
    hasCode: isAzureRepos && azureReposOf(remote)?.organization.toLowerCase() === organization.toLowerCase(),
  };
};

const adapters: Readonly<Record<TrackerKind, Adapter>> = { 'azure-devops': azureDevOps };

/** CONFIG_INVALID where a name is missing that the tracker cannot do without. */
export function trackerOf(options: TrackerOfOptions, devops: DevopsConfig): TrackerOf | Refusal {
  const { agent, secret } = options;
  const { token: name } = trackerNamesOf(devops);
  const token = secret(name);
  return token ? adapters[trackerKindOf(devops)](options, devops, token) : missingSecret(agent, name);
}

/** Where people see each work item; told without a token. Undefined where the agent's files do not say. */
export function workItemPages({
  devops: { baseUrl },
  locations: { organization, project },
}: CodeChangeAgent): ((workItemId: number) => string) | undefined {
  if (!organization || !project) return undefined;
  const pages = pagesOf({ baseUrl, organization, project });
  return (workItemId) => `${pages}/${workItemId}`;
}

/** Where people see the board of `devops.board`, or all boards if it names none; told without a token. Undefined where the agent's files do not say. */
export function boardPage({ devops, locations: { organization, project } }: CodeChangeAgent): string | undefined {
  if (!organization || !project) return undefined;
  return boardsOf({ baseUrl: devops.baseUrl, organization, project }, boardNamed(devops, project));
}
