/** Where an agent's outside systems are: the configuration's word, over which a few names in secrets.env win. */
import type { AgentConfig } from './config/config.ts';
import { trackerNamesOf, trackers } from './config/devops.ts';
import type { Secrets } from './secrets/secrets.ts';

/** Not secret, though secrets.env may hold them; part of the configuration digest. */
export interface Locations {
  readonly organization?: string;
  readonly project?: string;
  readonly remote?: string;
  readonly instanceUrl?: string;
}

/** The names in secrets.env that are places, not credentials. */
export const locationNames: ReadonlySet<string> = new Set([
  ...Object.values(trackers).flatMap(({ organization, project }) => [organization, project]),
  'GIT_REMOTE',
  'INSTANCE_URL',
]);

/** Only what the configuration has a block for. */
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
