/** Finds what a page's url points to, and as whom the visitor acts. */
import type { Context } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { errors } from '../api/errors.ts';
import type { Person, Project } from '../model.ts';
import type { Tenant } from '../tenant.ts';

export interface Place {
  tenant: Tenant;
  project: Project;
  acting: Person;
}

export type FindTenant = (organization: string) => Tenant | undefined;

const cookieName = (tenant: Tenant) => `acting-${tenant.organization.toLowerCase()}`;

/** The person that the visitor acts as: the chosen one, or an engineer. */
function actingPerson(c: Context, tenant: Tenant): Person {
  const chosen = getCookie(c, cookieName(tenant));
  const person =
    tenant.people.find(({ mail }) => mail === chosen) ??
    tenant.people.find(({ role }) => role === 'engineer') ??
    tenant.people[0];
  if (!person) throw errors.missingProject(tenant.organization);
  return person;
}

/** Finds what a url points to; throws the API's 404 if the organization or project does not exist. */
export function placeIn(c: Context, find: FindTenant): Place {
  const name = (c.req.param('project') ?? '').toLowerCase();
  const tenant = find(c.req.param('organization') ?? '');
  const project = tenant?.projects.find((candidate) => candidate.name.toLowerCase() === name || candidate.id === name);
  if (!tenant || !project) throw errors.missingProject(name);
  return { tenant, project, acting: actingPerson(c, tenant) };
}

/** Stores the chosen person, and redirects back to the page. */
export async function rememberActing(c: Context, tenant: Tenant | undefined) {
  const { person, back } = await c.req.parseBody();
  if (tenant) setCookie(c, cookieName(tenant), String(person), { path: '/', httpOnly: true, sameSite: 'Lax' });
  const isHere = /^\/(?![/\\])/.test(String(back));
  return c.redirect(isHere ? String(back) : '/', 303);
}

/** Converts the line endings of a form's text to `\n`. */
export const lineEndings = (text: string) => text.replaceAll('\r\n', '\n');
