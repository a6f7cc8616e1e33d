/** Where a page's address points to, and who the visitor plays there. */
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { errors } from '../errors.ts';
import type { Person, Project } from '../model.ts';
import type { Tenant } from '../tenant.ts';

export interface Place {
  tenant: Tenant;
  project: Project;
  acting: Person;
}

export type FindTenant = (organization: string) => Tenant | undefined;

const cookieName = (tenant: Tenant) => `acting-${tenant.organization.toLowerCase()}`;

/** Who the visitor plays: the one he chose, else an engineer. */
function actingPerson(c: Context, tenant: Tenant): Person {
  const chosen = getCookie(c, cookieName(tenant));
  const person =
    tenant.people.find(({ mail }) => mail === chosen) ??
    tenant.people.find(({ role }) => role === 'engineer') ??
    tenant.people[0];
  if (!person) throw errors.missingProject(tenant.organization);
  return person;
}

/** Where an address points to; a project or organization that is not there is the API's own 404. */
export function placeIn(c: Context, find: FindTenant): Place {
  const name = (c.req.param('project') ?? '').toLowerCase();
  const tenant = find(c.req.param('organization') ?? '');
  const project = tenant?.projects.find((candidate) => candidate.name.toLowerCase() === name || candidate.id === name);
  if (!tenant || !project) throw errors.missingProject(name);
  return { tenant, project, acting: actingPerson(c, tenant) };
}

/** Keeps who the visitor plays, and goes back to where he chose. */
export async function rememberActing(c: Context, tenant: Tenant | undefined) {
  const { person, back } = await c.req.parseBody();
  if (tenant) setCookie(c, cookieName(tenant), String(person), { path: '/', httpOnly: true, sameSite: 'Lax' });
  const isHere = /^\/(?![/\\])/.test(String(back));
  return c.redirect(isHere ? String(back) : '/', 303);
}

/** A form's text with the line endings that programs write. */
export const lineEndings = (text: string) => text.replaceAll('\r\n', '\n');
