/**
 * The checks of every API request before its path: a user agent, a known version, a token, and the hourly rate limit.
 *
 * user agent -> version -> token -> rate limit -> the endpoint -> headers of the answer
 */
import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { Clock } from '../../src/base/clock.ts';
import type { GitHubPerson, GitHubTenant, Hosted, View } from './hosted.ts';
import { refuse } from './refuse.ts';

interface Rate {
  limit: number;
  used: number;
  remaining: number;
  /** Seconds since 1970. */
  reset: number;
}

/** What an endpoint knows about its request. `view` is only set under `/repos`. */
interface ApiVariables {
  person: GitHubPerson;
  view: View;
  /** What is left of the token's hour. */
  rate: Rate;
}
export interface Api {
  Variables: ApiVariables;
}
export type ApiContext = Context<Api>;

const versions = ['2022-11-28', '2026-03-10'];
const hourMs = 3_600_000;

function tokenOf(c: Context): string | undefined {
  const [scheme = '', value = ''] = (c.req.header('authorization') ?? '').split(' ');
  if (/^(bearer|token)$/i.test(scheme)) return value;
  if (/^basic$/i.test(scheme)) return Buffer.from(value, 'base64').toString('utf8').split(':').at(-1);
  return undefined;
}

interface Hour {
  used: number;
  resetAt: number;
}

interface TransportOptions {
  hosted: readonly Hosted[];
  clock: Clock;
  /** The maximum number of requests per token and hour; a 304 is free. */
  requestsPerHourMax: number;
}

function rateOf({ used, resetAt }: Hour, limit: number): Rate {
  return { limit, used, remaining: Math.max(0, limit - used), reset: Math.ceil(resetAt / 1000) };
}

function rateHeaders(hour: Hour, max: number): Record<string, string> {
  const { limit, used, remaining, reset } = rateOf(hour, max);
  return {
    'x-ratelimit-limit': `${limit}`,
    'x-ratelimit-remaining': `${remaining}`,
    'x-ratelimit-used': `${used}`,
    'x-ratelimit-reset': `${reset}`,
    'x-ratelimit-resource': 'core',
  };
}

/** Runs before every endpoint of the API, and sets the person. */
export function transport({ hosted, clock, requestsPerHourMax }: TransportOptions) {
  const people = new Map(
    hosted.flatMap(({ tenant }) => Object.values(tenant.people).map((each) => [each.token, each])),
  );
  const hours = new Map<string, Hour>();

  function hourOf(token: string): Hour {
    const now = clock.now();
    const current = hours.get(token);
    if (current && current.resetAt > now) return current;
    const fresh = { used: 0, resetAt: now + hourMs };
    hours.set(token, fresh);
    return fresh;
  }

  return createMiddleware<Api>(async (c, next) => {
    if (!c.req.header('user-agent')) {
      return c.text(
        'Request forbidden by administrative rules. Please make sure your request has a User-Agent header\n',
        403,
      );
    }
    const version = c.req.header('x-github-api-version') ?? versions[0] ?? '';
    if (!versions.includes(version)) refuse(400, `"${version}" is not a supported API version.`);
    const token = tokenOf(c);
    if (token === undefined)
      return refuse(
        c.req.path === '/user' ? 401 : 404,
        c.req.path === '/user' ? 'Requires authentication' : 'Not Found',
      );
    const person = people.get(token);
    if (!person) return refuse(401, 'Bad credentials');
    const hour = hourOf(token);
    const isFree = c.req.path === '/rate_limit';
    if (hour.used >= requestsPerHourMax && !isFree) {
      const limited = {
        message: `API rate limit exceeded for user ${person.login}.`,
        documentation_url: 'https://docs.github.com/rest',
      };
      return c.json(limited, 403, rateHeaders(hour, requestsPerHourMax));
    }
    c.set('person', person);
    c.set('rate', rateOf(hour, requestsPerHourMax));
    await next();
    if (c.res.status !== 304 && !isFree) hour.used += 1;
    const headers = {
      ...rateHeaders(hour, requestsPerHourMax),
      'x-github-api-version-selected': version,
      'x-github-media-type': 'github.v3; format=json',
      'x-github-request-id': createHash('sha256')
        .update(`${token}${hour.used}`)
        .digest('hex')
        .slice(0, 16)
        .toUpperCase(),
    };
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    return undefined;
  });
}

const formerNames = ({ owner, formerNames: names = [] }: GitHubTenant) =>
  names.map((name) => `${owner}/${name}`.toLowerCase());

/** `/repos/acme/app/pulls/1` -> `/pulls/1`. */
const belowRepository = (pathname: string) => pathname.replace(/^\/repos\/[^/]+\/[^/]+/, '');

/** What a request for an earlier name gets: 301 for a look, 307 for a change, which must be sent again as it is. */
function moved(c: ApiContext, url: string): Response {
  const body = { message: 'Moved Permanently', url, documentation_url: 'https://docs.github.com/rest' };
  return c.json(body, c.req.method === 'GET' ? 301 : 307, { location: url });
}

/** Finds the repository in the path. A person who may not see it gets the same answer as if it did not exist. */
export function repositoryOfPath(hosted: readonly Hosted[]) {
  return createMiddleware<Api>(async (c, next) => {
    const wanted = `${c.req.param('owner')}/${c.req.param('repo')}`.toLowerCase();
    const person = c.get('person');
    const present = hosted.find(({ fullName }) => fullName.toLowerCase() === wanted);
    const found = present ?? hosted.find(({ tenant }) => formerNames(tenant).includes(wanted));
    const sees = found && Object.values(found.tenant.people).includes(person) && person.contents !== 'none';
    if (!found || !sees) return refuse(404, 'Not Found');
    const { origin, pathname, search } = new URL(c.req.url);
    if (!present) return moved(c, `${origin}/repositories/${found.id}${belowRepository(pathname)}${search}`);
    c.set('view', { origin, hosted: found, defaultBranch: await found.git.defaultBranch() });
    await next();
    return undefined;
  });
}

const rank = { none: 0, read: 1, write: 2 };

/** Refuses if the token does not have this right. */
export function need(c: ApiContext, what: 'contents' | 'pullRequests' | 'webhooks', access: 'read' | 'write'): void {
  if (rank[c.get('person')[what] ?? 'none'] < rank[access])
    refuse(403, 'Resource not accessible by personal access token');
}

/** Whether the caller asks for a diff or a patch in place of JSON. */
export function textWanted(c: ApiContext): 'diff' | 'patch' | undefined {
  const [, text] = /application\/vnd\.github\.(?:v3\.)?(diff|patch)/i.exec(c.req.header('accept') ?? '') ?? [];
  return text === 'diff' || text === 'patch' ? text : undefined;
}

/** A diff or patch as an answer. */
export function textAnswer(c: ApiContext, type: 'diff' | 'patch', text: string): Response {
  return c.body(text && `${text}\n`, 200, { 'content-type': `application/vnd.github.${type}; charset=utf-8` });
}

/** One page of the rows by `per_page` and `page`; the answer gets a Link header to the others. */
export function pageOf<T>(c: ApiContext, rows: readonly T[]): T[] {
  const number = (name: string, otherwise: number) =>
    Math.max(1, Number.parseInt(c.req.query(name) ?? '', 10) || otherwise);
  const size = Math.min(100, number('per_page', 30));
  const page = number('page', 1);
  const last = Math.max(1, Math.ceil(rows.length / size));
  const link = (to: number, rel: string) => {
    const url = new URL(c.req.url);
    url.searchParams.set('page', `${to}`);
    return `<${url}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [link(page - 1, 'prev'), link(1, 'first')] : []),
    ...(page < last ? [link(page + 1, 'next'), link(last, 'last')] : []),
  ];
  if (links.length > 0) c.header('link', links.join(', '));
  return rows.slice((page - 1) * size, page * size);
}

/** The same as an answer. */
export const paged = (c: ApiContext, rows: readonly unknown[]): Response => c.json(pageOf(c, rows));
