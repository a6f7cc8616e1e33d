/**
 * The REST API as one hono app.
 *
 * request -> organization -> person (or 401, or the sign-in page) -> endpoint -> api-version -> project -> body -> JSON or error
 */
import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import type { Person } from '../model.ts';
import { findProject } from '../process/type-endpoints.ts';
import type { Tenant } from '../tenant.ts';
import { type Call, type Endpoint, valueList } from './call.ts';
import { ApiError, errors } from './errors.ts';
import { type ApiVersion, locationOf, resourceLocations, versionOf } from './version.ts';

interface Address {
  organization: string;
  project: string | undefined;
  team: string | undefined;
  /** The path from `_apis` on, in lower case, because paths ignore case. */
  path: string;
}

/** `/org[/project[/team]]/_apis/...`; undefined for any other path. */
export function readAddress(url: string): Address | undefined {
  const segments = new URL(url).pathname.split('/').slice(1);
  const at = segments.findIndex((segment) => segment.toLowerCase() === '_apis');
  if (at < 1 || at > 3) return undefined;
  const [organization = '', project, team] = segments.slice(0, at).map(decode);
  const path = `/${segments.slice(at).filter(Boolean).map(decode).join('/')}`.toLowerCase();
  return { organization, project, team, path };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function personOf(tenant: Tenant, request: Request): Person | undefined {
  const [scheme = '', credential = ''] = (request.headers.get('authorization') ?? '').split(' ');
  const pair = Buffer.from(credential, 'base64').toString('utf8');
  const token = scheme.toLowerCase() === 'basic' ? pair.slice(pair.indexOf(':') + 1) : credential;
  return tenant.people.find(({ pat }) => pat !== undefined && pat === token);
}

/**
 * An invalid token gets an empty 401 if the caller says that it is a program; otherwise it is redirected to the sign-in page like a
 * browser.
 */
function unauthorized(request: Request, tenant: Tenant): Response {
  if (request.headers.get('x-tfs-fedauthredirect')?.toLowerCase() === 'suppress') {
    const realm = 'Basic realm="https://tfsprodweu1.visualstudio.com/"';
    return new Response(null, { status: 401, headers: { 'www-authenticate': realm } });
  }
  return new Response(null, { status: 302, headers: { location: `/_signin?realm=${tenant.organization}` } });
}

function createCall(tenant: Tenant, person: Person, request: Request, { number }: ApiVersion): Omit<Call, 'body'> {
  const url = new URL(request.url);
  const address = readAddress(request.url);
  const parameters = new Map(
    [...url.searchParams].map(([name, value]) => [name.replace(/^\$/, '').toLowerCase(), value]),
  );
  return {
    tenant,
    person,
    base: `${url.origin}/${tenant.organization}`,
    version: number,
    project: address?.project === undefined ? undefined : findProject({ tenant }, address.project),
    team: address?.team,
    query: (name) => parameters.get(name.toLowerCase()),
  };
}

async function bodyOf(request: Request, mediaType: string): Promise<unknown> {
  if (request.method === 'GET' || request.method === 'DELETE') return undefined;
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (type !== mediaType) throw errors.mediaType(type);
  if (type === 'application/octet-stream') return new Uint8Array(await request.arrayBuffer());
  const text = await request.text();
  try {
    return JSON.parse(text);
  } catch {
    throw mediaType === 'application/json' ? errors.badArgument('The body is not valid JSON.') : errors.badPatch();
  }
}

function json(value: unknown, status: number, version?: string): Response {
  const suffix = version === undefined ? '' : `; api-version=${version}`;
  const headers = { 'content-type': `application/json; charset=utf-8${suffix}`, 'cache-control': 'no-cache' };
  return new Response(JSON.stringify(value), { status, headers });
}

async function carryOut(
  endpoint: Endpoint,
  tenant: Tenant,
  person: Person,
  request: Request,
  parameters: Record<string, string>,
) {
  try {
    const version = versionOf(request, locationOf(endpoint.location));
    const call = createCall(tenant, person, request, version);
    const body = await bodyOf(request, endpoint.mediaType ?? 'application/json');
    const answer = await endpoint.answer({ ...call, body }, parameters);
    return answer instanceof Response ? answer : json(answer, endpoint.status ?? 200, version.text);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return json(error.body(), error.status);
  }
}

function notRouted(request: Request): Response {
  const { pathname } = new URL(request.url);
  const text = `The controller for path '${pathname}' was not found or does not implement IController.`;
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'x-tfs-serviceerror': encodeURIComponent(text) };
  return new Response(text, { status: 404, headers });
}

/** All paths of the API under `/organization`; `find` returns the organization with a name. */
export function createApi(endpoints: readonly Endpoint[], find: (organization: string) => Tenant | undefined): Hono {
  interface Variables {
    tenant: Tenant;
    person: Person;
  }
  const app = new Hono<{ Variables: Variables }>({ getPath: (request) => readAddress(request.url)?.path ?? '/' });
  app.use(async (c, next) => {
    const tenant = find(readAddress(c.req.url)?.organization ?? '');
    if (!tenant) return c.html('<!DOCTYPE html><title>Not found</title><p>The resource cannot be found.', 404);
    const person = personOf(tenant, c.req.raw);
    if (person) {
      c.set('tenant', tenant);
      c.set('person', person);
      await next();
    } else c.res = unauthorized(c.req.raw, tenant);
    const id = randomUUID();
    for (const name of ['activityid', 'x-vss-e2eid', 'x-tfs-session']) c.res.headers.set(name, id);
    return undefined;
  });
  for (const endpoint of endpoints) {
    app.on(endpoint.method, endpoint.path, (c) =>
      carryOut(endpoint, c.get('tenant'), c.get('person'), c.req.raw, c.req.param()),
    );
  }
  app.options('/_apis/:area?', (c) => {
    const area = c.req.param('area');
    return c.json(valueList(resourceLocations.filter((location) => !area || location.area.toLowerCase() === area)));
  });
  app.notFound((c) => notRouted(c.req.raw));
  return app as unknown as Hono;
}
