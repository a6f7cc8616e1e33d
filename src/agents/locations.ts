/** Where an agent's outside systems are: the configuration says so, and a few names in secrets.env override it. */
import type { AgentConfig } from './config/config.ts';
import { trackerNamesOf, trackers } from './config/devops.ts';
import type { Secrets } from './secrets/secrets.ts';

/** Not secret, although secrets.env may set them; part of the configuration digest. */
export interface Locations {
  readonly organization?: string;
  readonly project?: string;
  readonly remote?: string;
  readonly instanceUrl?: string;
}

/** The names in secrets.env that are locations, not credentials. */
export const locationNames: ReadonlySet<string> = new Set([
  ...Object.values(trackers).flatMap(({ organization, project }) => [organization, project]),
  'GIT_REMOTE',
  'INSTANCE_URL',
]);

/** Only the locations that the configuration has a block for. */
export function locationsOf(config: AgentConfig, secrets: Secrets): Locations {
  const { devops, git, instance } = config;
  const names = devops && trackerNamesOf(devops);
  const named = {
    organization: names && (secrets.get(names.organization)?.reveal() ?? devops.organization),
    project: names && (secrets.get(names.project)?.reveal() ?? devops.project),
    remote: git && secrets.get('GIT_REMOTE')?.reveal(),
    instanceUrl: instance && (secrets.get('INSTANCE_URL')?.reveal() ?? instance.url),
  };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}
