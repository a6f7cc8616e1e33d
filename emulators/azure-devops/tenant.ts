/** One organization: its fixed people, projects and types, and its work items and repositories. */
import type { Clock } from '../../src/base/clock.ts';
import { guidOf } from './guid.ts';
import { createItemStore, type ItemStore } from './items/item-store.ts';
import type {
  Change,
  HookSubscription,
  Person,
  ProcessRule,
  Project,
  StoredFile,
  TenantOptions,
  WorkItemType,
} from './model.ts';
import { defaultWorkItemTypes } from './process/default-types.ts';
import { createNodes, type Nodes } from './process/nodes.ts';
import { openCodeRepository } from './pulls/code-repository.ts';
import type { CodeRepository, PullEvent } from './pulls/pull-model.ts';

export interface Tenant extends ItemStore {
  organization: string;
  /** The GUID of the organization. */
  instanceId: string;
  people: readonly Person[];
  /** Teams first, the project's own before all. */
  groups: readonly Group[];
  projects: readonly [Project, ...Project[]];
  types: readonly WorkItemType[];
  /** Can be changed at any time. */
  rules: readonly ProcessRule[];
  /** The areas and iterations of all projects. */
  nodes: Nodes;
  repositories: readonly CodeRepository[];
  /** Uploaded files, by id. */
  attachments: Map<string, StoredFile>;
  /** In the order of creation; can be changed at any time. */
  subscriptions: HookSubscription[];
  /** Sends an event of a pull request. */
  tellPull(event: PullEvent): void;
  /** Milliseconds since 1970. */
  now(): number;
}

export interface Group extends Person {
  members: readonly Person[];
  isTeam: boolean;
}

interface TenantParts {
  clock: Clock;
  onChange: (change: Change) => void;
  onPullEvent: (event: PullEvent) => void;
}

function personOf(organization: string, options: TenantOptions['people'][number]): Person {
  const id = guidOf(`${organization}/${options.mail}`);
  return { ...options, id, descriptor: `aad.${Buffer.from(id).toString('base64url')}` };
}

function groupsOf({ organization, project, groups = [], people }: TenantOptions, known: readonly Person[]): Group[] {
  const own = { name: `${project} Team`, members: people.map(({ mail }) => mail), isTeam: true };
  return [own, ...groups].map(({ name, members, isTeam = false }) => {
    const id = guidOf(`${organization}/group/${name}`);
    return {
      id,
      name: `[${project}]\\${name}`,
      mail: `vstfs:///Classification/TeamProject/${guidOf(`${organization}/project/${project}`)}\\${name}`,
      role: 'other',
      descriptor: `vssgp.${Buffer.from(id).toString('base64url')}`,
      members: known.filter(({ mail }) => members.includes(mail)),
      isTeam,
    };
  });
}

export function createTenant(options: TenantOptions, { clock, onChange, onPullEvent }: TenantParts): Tenant {
  const { organization, project, otherProjects = [], areas = [], iterations = [] } = options;
  const projectOf = (name: string): Project => ({ id: guidOf(`${organization}/project/${name}`), name });
  const home = projectOf(project);
  const people = options.people.map((person) => personOf(organization, person));
  const projects: Tenant['projects'] = [home, ...otherProjects.map(projectOf)];
  return {
    organization,
    instanceId: guidOf(organization),
    people,
    groups: groupsOf(options, people),
    projects,
    types: options.workItemTypes ?? defaultWorkItemTypes,
    rules: options.rules ?? [],
    nodes: createNodes({ organization, projects, areas, iterations }),
    repositories: (options.repositories ?? []).map((repository) => openCodeRepository(organization, home, repository)),
    attachments: new Map(),
    subscriptions: [],
    tellPull: onPullEvent,
    now: () => clock.now(),
    ...createItemStore({ clock, tell: (change) => onChange({ organization, ...change }) }),
  };
}
