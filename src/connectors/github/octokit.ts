/**
 * GitHub's own client with our rules: it reads; anything else goes out by `send`, with a permit.
 *
 * Reads are tried again, by GitHub's rules for limits too; writes never. Errors come out as OutsideError.
 */

import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import type { z } from 'zod';
import { assert, OutsideError } from '../../base/errors.ts';
import { limits } from '../../limits.ts';
import type { Permit, PermitKind, PermitUse } from '../../work-items/gate/permit.ts';
import type { HttpSettings } from '../http/http-client.ts';
import { createKeptAnswers } from '../http/kept-answers.ts';
import { type Asked, type Listed, nextLink, pagesMax, shaped, spend } from '../http/outside.ts';
import { createPaces } from '../http/pace.ts';
import { type Budget, createBudget } from './budget.ts';
import { falseAnswer, headerOf, isRequestFault, outsideError, waitOf } from './fault.ts';
import { createTokenExpiry, type TokenExpiry } from './token-expiry.ts';

export interface GitHubApiOptions {
  /** `https://api.github.com`, a GitHub Enterprise Server's `/api/v3`, or the address of an emulator. */
  apiUrl: string;
  owner: string;
  repository: string;
  /** A fine-grained token for this one repository. */
  token: string;
  http: Pick<HttpSettings, 'clock' | 'redact' | 'fetch' | 'onRequest' | 'paces' | 'perMinute' | 'answersFolder'>;
}

type Query = Readonly<Record<string, string | number>>;

/** A page of a list; some lists say how many rows there are on all pages together. */
export interface GitHubPage<T> {
  rows: T[];
  total?: number | undefined;
}

export interface GitHubApi extends Pick<Budget, 'lookPause'>, Pick<TokenExpiry, 'tokenExpiresAt'> {
  get<T>(shape: z.ZodType<T>, path: string, query?: Query): Promise<T>;
  /** A list to its end, or as far as its pages may go. */
  list<T>(shape: z.ZodType<GitHubPage<T>>, path: string, query?: Query): Promise<Listed<T>>;
  send<T>(
    shape: z.ZodType<T>,
    permit: Permit,
    kinds: readonly PermitKind[],
    use: PermitUse,
    request: GitHubWrite,
  ): Promise<T>;
}

interface GitHubWrite {
  method: 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  path: string;
  body: Readonly<Record<string, unknown>>;
}

const pageSize = 100;
const Client = Octokit.plugin(throttling, retry);
const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' };
type Fetch = typeof globalThis.fetch;
const silent = { debug() {}, info() {}, warn() {}, error() {} };

/** Only `send` may do anything but read. */
function readsOnly(fetch: Fetch): Fetch {
  return (input, init) => {
    assert((init?.method ?? 'GET') === 'GET', `a ${init?.method} to GitHub without a permit`);
    return fetch(input, init);
  };
}

/** Reads ask for changes only: GitHub does not count an answer that nothing has changed. */
function conditional(fetch: Fetch, folder: string, token: string): Fetch {
  const kept = createKeptAnswers(folder, token);
  return async (input, init) => {
    if ((init?.method ?? 'GET') !== 'GET') return fetch(input, init);
    const address = input instanceof Request ? input.url : `${input}`;
    const headers = { ...Object.fromEntries(new Headers(init?.headers)), ...kept.headersFor(address) };
    return kept.whole(address, await fetch(input, { ...init, headers }));
  };
}

/** Each try has its own time. */
function timed(fetch: Fetch): Fetch {
  return (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(limits.requestSecondsMax * 1_000) });
}

function createClient({ apiUrl, owner, token }: GitHubApiOptions, fetch: Fetch) {
  const mayWait = (seconds: number, { method }: { method: string }, _: unknown, tries: number) =>
    method === 'GET' && tries < limits.retriesMax && seconds <= limits.retryWaitSecondsMax;
  return new Client({
    auth: token,
    baseUrl: apiUrl.replace(/\/+$/, ''),
    userAgent: 'jvagent',
    log: silent,
    request: { fetch: readsOnly(fetch), redirect: 'manual' },
    retry: { retries: limits.retriesMax },
    throttle: { id: owner, onRateLimit: mayWait, onSecondaryRateLimit: mayWait },
  });
}

/** What GitHub wants to be asked for the next page; of its address only this is used. */
function nextOf(link: string | undefined): Query | undefined {
  const address = nextLink(link);
  if (!address || !URL.canParse(address)) return undefined;
  return Object.fromEntries(new URL(address).searchParams);
}

/** Sends one request when its turn has come; throws an OutsideError for everything but a good answer of the API. */
function createRequest(options: GitHubApiOptions, fetch: Fetch, budget: Budget, expiry: TokenExpiry) {
  const { token, http } = options;
  const {
    clock,
    onRequest = () => {},
    paces = createPaces(clock),
    perMinute = limits.gitHubRequestsPerMinuteMax,
  } = http;
  const pace = paces.of(`Bearer ${token}`, perMinute, 'GitHub');
  const octokit = createClient(options, fetch);

  /** One pace for all requests with this token: what one of them is told to wait for, all wait for. */
  async function place(asked: Asked): Promise<void> {
    const tooLongMs = await pace.place(limits.retryWaitSecondsMax * 1_000);
    if (tooLongMs <= 0) return;
    const facts = { ...asked, kind: 'limited', retryAfterMs: tooLongMs, until: clock.now() + tooLongMs } as const;
    throw new OutsideError(`${asked.system}: ${asked.request} was not sent: GitHub asked this token to wait`, facts);
  }

  return async (asked: Asked, parameters: object, more: object, permitId?: string) => {
    await place(asked);
    const startedAt = clock.now();
    let status: number | undefined;
    try {
      const answer = await octokit.request(asked.request, { ...parameters, headers, request: more });
      status = answer.status;
      budget.note(headerOf(answer.headers));
      const waitMs = waitOf(answer.headers, clock);
      if (waitMs !== undefined) pace.pause(waitMs);
      const wrong = falseAnswer(answer, asked);
      if (wrong) throw wrong;
      expiry.note(headerOf(answer.headers));
      const data: unknown = answer.data;
      return { data, link: answer.headers.link };
    } catch (error) {
      if (isRequestFault(error) && error.response) {
        status = error.status;
        budget.note(headerOf(error.response.headers));
      }
      const outside = outsideError(error, asked, http);
      if (outside instanceof OutsideError && outside.facts.retryAfterMs) pace.pause(outside.facts.retryAfterMs);
      throw outside;
    } finally {
      const [method = '', path = ''] = asked.request.split(' ');
      const tookMs = clock.now() - startedAt;
      onRequest({ system: asked.system, method, path, status, tookMs, permitId });
    }
  };
}

export function createGitHubApi(options: GitHubApiOptions): GitHubApi {
  const { owner, token, http } = options;
  const { answersFolder, clock, fetch: plain = globalThis.fetch } = http;
  const fetch = timed(answersFolder ? conditional(plain, answersFolder, token) : plain);
  const system = `GitHub (${owner})`;
  const budget = createBudget(system, clock);
  const expiry = createTokenExpiry();
  const request = createRequest(options, fetch, budget, expiry);

  return {
    lookPause: budget.lookPause,
    tokenExpiresAt: expiry.tokenExpiresAt,
    async get(shape, path, query = {}) {
      const asked = { system, request: `GET ${path}` };
      const { data } = await request(asked, query, {});
      return shaped(shape, data, asked);
    },
    async list(shape, path, query = {}) {
      const asked = { system, request: `GET ${path}` };
      const all = [];
      let at: Query | undefined = { ...query, per_page: pageSize, page: 1 };
      let totalSaid = 0;
      for (let page = 1; at && page <= pagesMax; page += 1) {
        const { data, link }: Awaited<ReturnType<typeof request>> = await request(asked, at, {});
        const { rows, total = 0 } = shaped(shape, data, asked);
        all.push(...rows);
        totalSaid = total;
        const mayGoOn = link === undefined && rows.length >= pageSize && all.length !== total;
        const next: Query | undefined = nextOf(link) ?? (mayGoOn ? { ...at, page: page + 1 } : undefined);
        at = next && { ...query, ...next };
      }
      return { rows: all, isWhole: at === undefined && all.length >= totalSaid };
    },
    async send(shape, permit, kinds, use, { method, path, body }) {
      const asked = { system, request: `${method} ${path}` };
      // The client may hold a write back for a while, so the permit is asked where the request leaves.
      const spendAndFetch: Fetch = (input, init) => {
        spend(permit, kinds, use, asked);
        return fetch(input, init);
      };
      const { data } = await request(asked, body, { fetch: spendAndFetch, retries: 0 }, permit.id);
      return shaped(shape, data, asked, true);
    },
  };
}
