/** Rows of items that do not start: their own fields, or their agent, keep them. */
import { chmodSync } from 'node:fs';
import { stateMapping } from '../../../src/cli/demo/workspace.ts';
import { jvagent } from '../operator.ts';
import type { World } from '../world.ts';
import {
  acme,
  agentsRequests,
  type Cause,
  clear,
  configure,
  configured,
  filed,
  fileOf,
  kept,
  restore,
} from './cause.ts';

export const notStarted: readonly Cause[] = [
  {
    name: 'a tag that is missing',
    stop: (world) => filed(world, { fields: { 'System.Tags': 'other' } }),
    code: null,
    why: /does not have the tag "jvagent" \(devops\.requiredTag\)/,
    fix: /Add the tag "jvagent".*codechange\/acme\/jvAgent\.json/,
    nextLook: 'heartbeat',
    status: 'board only',
    onItem: null,
  },
  {
    name: 'a type that the agent does not take',
    stop: (world) => filed(world, { type: 'User Story' }),
    code: null,
    why: /its type is "User Story", and codechange\/acme takes "Bug"/,
    fix: /Change its type to "Bug", or add "User Story" to devops\.workItemTypes in codechange\/acme\/jvAgent\.json/,
    nextLook: 'heartbeat',
    status: 'board only',
    onItem: null,
  },
  {
    name: 'an area of others',
    stop: (world) => filed(world, { fields: { 'System.AreaPath': 'AcmeImplementation\\Billing' } }),
    code: null,
    why: /its area is "AcmeImplementation\\Billing", and codechange\/acme takes work items in "AcmeImplementation\\Web"/,
    fix: /Move it to the area "AcmeImplementation\\Web"/,
    nextLook: 'heartbeat',
    status: 'board only',
    onItem: null,
  },
  {
    name: 'a state in which nothing starts',
    stop: (world) => filed(world, { fields: { 'System.State': 'Removed' } }),
    code: null,
    why: /its state is "Removed", and codechange\/acme starts work items in "New" or "Approved"/,
    fix: /Set its state to "New"/,
    nextLook: 'heartbeat',
    status: 'board only',
    onItem: null,
  },
];

/** One item for all rows of an agent that starts nothing. */
const startables = new WeakMap<World, Promise<number>>();

function startable(world: World): Promise<number> {
  const item = startables.get(world) ?? filed(world);
  startables.set(world, item);
  return item;
}

export const stoppedAgents: readonly Cause[] = [
  {
    name: 'a paused agent',
    stop: async (world) => {
      await jvagent(world, 'pause', acme);
      return startable(world);
    },
    end: (world) => jvagent(world, 'resume', acme),
    code: 'PAUSED',
    why: /codechange\/acme has been paused since \d{4}-/,
    fix: /jvagent resume codechange\/acme/,
    nextLook: 'none',
    status: { group: 'needs', of: 'agent' },
    onItem: null,
  },
  {
    name: 'a paused platform',
    stop: async (world) => {
      await jvagent(world, 'pause');
      return startable(world);
    },
    end: (world) => jvagent(world, 'resume'),
    code: 'PAUSED',
    why: /the whole platform has been paused since \d{4}-/,
    fix: /Run `jvagent resume`/,
    nextLook: 'none',
    status: { group: 'needs', of: 'agent' },
    onItem: null,
  },
  {
    name: 'a configuration that nobody trusted',
    ...configured(startable, ({ devops }) => ({ devops: { ...(devops as object), expediteTag: 'urgent' } }), false),
    code: 'CONFIG_UNTRUSTED',
    alarm: { of: 'agent' },
    why: /codechange\/acme: devops\.expediteTag changed after a person trusted/,
    fix: /jvagent trust codechange\/acme/,
    nextLook: 'none',
    status: { group: 'needs', of: 'agent' },
    onItem: null,
  },
  {
    name: 'a secrets.env that others can read',
    stop: async (world) => {
      chmodSync(fileOf(world, 'secrets.env'), 0o644);
      return startable(world);
    },
    end: async (world) => {
      chmodSync(fileOf(world, 'secrets.env'), 0o600);
    },
    code: 'SECRETS_MODE',
    alarm: { of: 'agent' },
    why: /codechange\/acme\/secrets\.env/,
    fix: /chmod 600 codechange\/acme\/secrets\.env/,
    nextLook: 'none',
    status: { group: 'needs', of: 'agent' },
    onItem: null,
  },
  {
    name: 'a heartbeat that is missing',
    ...configured(startable, () => ({ heartbeat: undefined })),
    code: null,
    why: /codechange\/acme\/jvAgent\.json has no heartbeat/,
    fix: /jvagent heartbeat codechange\/acme/,
    nextLook: 'none',
    status: 'board only',
    onItem: null,
  },
  {
    name: 'a state name that the board does not have',
    stop: async (world) => {
      const mapping = { ...stateMapping, approved: 'Freigegeben' };
      const change = ({ devops }: Record<string, unknown>) => ({
        devops: { ...(devops as object), stateMapping: mapping },
      });
      kept.set('jvAgent.json', await configure(world, change));
      const id = await startable(world);
      await world.lookedAround();
      return id;
    },
    end: (world) => restore(world, 'jvAgent.json'),
    code: 'CONFIG_INVALID',
    alarm: { of: 'agent' },
    why: /the work item type "Bug" has no state "Freigegeben" \(devops\.stateMapping\.approved\)/,
    fix: /devops\.stateMapping in codechange\/acme\/jvAgent\.json/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'agent' },
    onItem: null,
  },
  {
    name: 'a dead token of the board',
    stop: async (world) => {
      const id = await startable(world);
      world.fault({ target: 'azureDevOps', match: agentsRequests(world), do: { status: 401 } });
      await world.lookedAround();
      return id;
    },
    end: clear,
    code: 'OUTSIDE_AUTH',
    alarm: { of: 'agent' },
    why: /Azure DevOps \(acme\): .* answered 401/,
    fix: /Replace AZDO_PAT in codechange\/acme\/secrets\.env/,
    nextLook: 'sooner',
    status: { group: 'needs', of: 'agent' },
    onItem: null,
  },
  {
    name: 'a platform that is not running',
    isPlatformDown: true,
    stop: (world) => startable(world),
    code: null,
    why: /no platform is running/,
    fix: /jvagent start/,
    nextLook: 'none',
    status: 'board only',
    onItem: null,
  },
];
