/**
 * Makes any emulator fail on demand, and records every request.
 *
 * request -> recorded -> first matching fault? -> the emulator's own answer, the fault's answer, or none
 */
import { createHash } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { z } from 'zod';
import { type Clock, systemClock } from '../../src/base/clock.ts';
import type { Respond } from '../../src/base/http.ts';

const targets = ['azureDevOps', 'github', 'git', 'instance', 'slack', 'anthropic'] as const;
export type Target = (typeof targets)[number];

const isPattern = (text: string) => {
  try {
    return Boolean(new RegExp(text));
  } catch {
    return false;
  }
};

export const faultSchema = z.strictObject({
  target: z.enum(targets),
  /** Only requests of this tenant; if absent, of all tenants. */
  tenant: z.string().optional(),
  /**
   * `path` is a regular expression for path and query, and case is ignored; `callers` are authorization hashes as in recorded
   * requests.
   */
  match: z
    .strictObject({
      method: z.string().optional(),
      path: z.string().refine(isPattern, 'is not a regular expression').optional(),
      callers: z.array(z.string()).optional(),
    })
    .default({}),
  /** How many requests it affects; if absent, every request until it is cleared. */
  times: z.int().positive().optional(),
  do: z.strictObject({
    status: z.int().min(200).max(599).optional(),
    headers: z.record(z.string(), z.string()).optional(),
    /** A string is sent unchanged, anything else as JSON. */
    body: z.unknown().optional(),
    delayMs: z.int().nonnegative().optional(),
    /** Closes the connection without an answer. */
    dropAnswer: z.boolean().optional(),
    /** Executes the request first, and replaces only its answer. */
    afterCommit: z.boolean().optional(),
  }),
});
export type Fault = z.input<typeof faultSchema>;
type ArmedFault = z.output<typeof faultSchema>;

export interface RecordedRequest {
  /** The time of arrival (ISO). */
  at: string;
  target: Target;
  tenant?: string;
  method: string;
  /** Path with query. */
  path: string;
  /** The status of the answer; null if the connection was dropped or there is no answer yet. */
  status: number | null;
  /** The first part of the body as text. */
  bodyText: string;
  /** Set if a fault affected the request. */
  isStruck?: true;
  /** The first 16 hex digits of the SHA-256 of the authorization header: identifies callers without storing their secrets. */
  authorizationSha256?: string;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  /** All recorded requests, oldest first. */
  requests(): RecordedRequest[];
  /** Wraps an emulator to record requests and apply faults. `tenantOf` returns the tenant of a request, if the url shows it. */
  wrap(target: Target, emulator: Respond, tenantOf?: (request: Request) => string | undefined): Respond;
}

const bodyCharsKept = 64 << 10;
const requestsKept = 20_000;

/** Copies the request with its body in memory, because it is read twice. */
async function withBody(request: Request): Promise<{ request: Request; bodyText: string }> {
  const bytes = Buffer.from(await request.arrayBuffer());
  const { method, headers, url } = request;
  const again = new Request(url, { method, headers, signal: request.signal, ...(bytes.length ? { body: bytes } : {}) });
  return { request: again, bodyText: bytes.toString('utf8', 0, bodyCharsKept) };
}

function faultAnswer({ status = 200, headers = {}, body }: ArmedFault['do']): Response {
  const isText = typeof body === 'string';
  const type = isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8';
  const content = body === undefined ? null : isText ? body : JSON.stringify(body);
  return new Response(content, {
    status,
    headers: { ...(content === null ? {} : { 'content-type': type }), ...headers },
  });
}

function withHeaders(answer: Response, extra: Record<string, string> = {}): Response {
  if (Object.keys(extra).length === 0) return answer;
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(extra)) headers.set(name, value);
  return new Response(answer.body, { status: answer.status, headers });
}

/** Closes the connection of the request; without a node server the call itself fails like fetch. */
function drop(env: HttpBindings | undefined): Response {
  if (!env?.outgoing) throw new TypeError('the connection was dropped');
  env.outgoing.destroy();
  return RESPONSE_ALREADY_SENT;
}

function fits({ target, tenant, match }: ArmedFault, entry: RecordedRequest): boolean {
  return (
    target === entry.target &&
    (tenant === undefined || tenant === entry.tenant) &&
    (match.callers?.includes(entry.authorizationSha256 ?? '') ?? true) &&
    (match.method === undefined || match.method.toUpperCase() === entry.method) &&
    (match.path === undefined || new RegExp(match.path, 'i').test(entry.path))
  );
}

/** Creates one set of faults and one record of requests for all emulators. */
export function createFaults({ clock = systemClock }: { clock?: Clock } = {}): Faults {
  let armed: { fault: ArmedFault; left: number }[] = [];
  const recorded: RecordedRequest[] = [];

  function takeFault(entry: RecordedRequest): ArmedFault['do'] | undefined {
    const found = armed.find(({ fault, left }) => left > 0 && fits(fault, entry));
    if (!found) return undefined;
    found.left -= 1;
    return found.fault.do;
  }

  function record(target: Target, tenant: string | undefined, request: Request, bodyText: string): RecordedRequest {
    const url = new URL(request.url);
    const authorization = request.headers.get('authorization');
    const entry: RecordedRequest = {
      at: new Date(clock.now()).toISOString(),
      target,
      ...(tenant === undefined ? {} : { tenant }),
      method: request.method,
      path: url.pathname + url.search,
      status: null,
      bodyText,
      ...(authorization && {
        authorizationSha256: createHash('sha256').update(authorization).digest('hex').slice(0, 16),
      }),
    };
    recorded.push(entry);
    if (recorded.length > requestsKept) recorded.shift();
    return entry;
  }

  return {
    add(fault) {
      const parsed = faultSchema.parse(fault);
      armed.push({ fault: parsed, left: parsed.times ?? Number.POSITIVE_INFINITY });
    },
    clear() {
      armed = [];
    },
    requests: () => recorded.map((entry) => ({ ...entry })),
    wrap(target, emulator, tenantOf) {
      return async (incoming: Request, env?: HttpBindings): Promise<Response> => {
        const { request, bodyText } = await withBody(incoming);
        const entry = record(target, tenantOf?.(request), request, bodyText);
        const doing = takeFault(entry);
        if (doing) entry.isStruck = true;
        if (doing?.delayMs) await clock.sleep(doing.delayMs);
        const replaces = doing?.dropAnswer || doing?.status !== undefined || doing?.body !== undefined;
        const real = !replaces || doing?.afterCommit ? await emulator(request) : undefined;
        if (doing?.dropAnswer) return drop(env);
        const answer = replaces && doing ? faultAnswer(doing) : withHeaders(real as Response, doing?.headers);
        entry.status = answer.status;
        return answer;
      };
    },
  };
}
