/** One organization: its people, projects and types, which stay as they were given, and its work items. */
import { createHash } from 'node:crypto';
import type { Clock } from '../../src/base/clock.ts';
import { defaultWorkItemTypes } from './default-types.ts';
import { createItemStore, type ItemStore } from './item-store.ts';
import type { Change, Person, Project, TenantOptions, WorkItemType } from './model.ts';

export interface Tenant extends ItemStore {
  organization: string;
  /** GUID of the organization. */
  instanceId: string;
  people: readonly Person[];
  projects: readonly [Project, ...Project[]];
  types: readonly WorkItemType[];
  /** Area paths that exist, the projects' own among them. */
  areas: readonly string[];
}

interface TenantParts {
  clock: Clock;
  onChange?: ((change: Change) => void) | undefined;
}

/** A GUID made of text, so that the same world has the same ids on every start. */
function guidOf(text: string): string {
  const hex = createHash('sha256').update(text.toLowerCase()).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function personOf(organization: string, options: TenantOptions['people'][number]): Person {
  const id = guidOf(`${organization}/${options.mail}`);
  return { ...options, id, descriptor: `aad.${Buffer.from(id).toString('base64url')}` };
}

export function createTenant(options: TenantOptions, { clock, onChange }: TenantParts): Tenant {
  const { organization, project, otherProjects = [], areas = [] } = options;
  const projectOf = (name: string): Project => ({ id: guidOf(`${organization}/project/${name}`), name });
  return {
    organization,
    instanceId: guidOf(organization),
    people: options.people.map((person) => personOf(organization, person)),
    projects: [projectOf(project), ...otherProjects.map(projectOf)],
    types: options.workItemTypes ?? defaultWorkItemTypes,
    areas: [project, ...otherProjects, ...areas],
    ...createItemStore({ clock, tell: (change) => onChange?.({ organization, ...change }) }),
  };
}
