/**
 * A proposed change of a customer's instance: nothing is sent until a person confirms exactly this.
 *
 * request + the value that stands there now + why + until when -> hash, which the confirmation is bound to.
 */
import type { InstanceConfig } from '../agents/config/instance.ts';
import { canonicalJson, digestOf } from '../base/digest.ts';
import { resolveInside } from '../base/inside.ts';
import { matchesPattern } from '../broker/pattern.ts';
import { limits } from '../limits.ts';
import { type Refusal, refuse } from '../refusal.ts';

/** The request as it is sent once it is confirmed, and not otherwise. */
export interface ProposedRequest {
  readonly method: 'POST' | 'PUT' | 'DELETE';
  /** Below the instance's url; may hold a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: unknown;
}

/** What a GET of the request's path answered. */
export interface SeenValue {
  readonly status: number;
  /** As people may see it: without secrets, and cut where it is long. */
  readonly body: unknown;
  /** Of the whole answer: two looks saw the same value only if this is equal. */
  readonly digest: string;
}

/** What an agent proposes. */
export interface ProposalWish {
  readonly request: ProposedRequest;
  readonly before: SeenValue;
  readonly why: string;
}

export interface Proposal extends ProposalWish {
  readonly id: string;
  readonly agentId: string;
  readonly sessionId: string;
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly expiresAt: number;
}

/** How the sending of a confirmed proposal ended. */
export type ProposalOutcome =
  | { readonly kind: 'done'; readonly isVerified: boolean; readonly status?: number; readonly after: unknown }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** It may have been sent, and is never sent again. */
  | { readonly kind: 'unknown'; readonly why: string };

export type ProposalState = 'open' | 'confirmed' | 'sent' | 'done' | 'failed' | 'expired' | 'declined';

export interface StoredProposal extends Proposal {
  readonly state: ProposalState;
  /** As people name them. */
  readonly decidedBy?: string;
  readonly decidedAt?: number;
  readonly outcome?: ProposalOutcome;
}

/** Over everything that a person is shown and that is sent. */
export function proposalHash(proposal: Omit<Proposal, 'id' | 'hash' | 'at'>): string {
  const { agentId, sessionId, request, before, why, expiresAt } = proposal;
  return digestOf({ agentId, sessionId, request, before, why, expiresAt });
}

/** The value for people and for the comparison with a later look; `redact` takes secrets out of what people see. */
export function seenValue(
  { status, body }: { status: number; body: unknown },
  redact: (body: unknown) => unknown,
): SeenValue {
  const shown = redact(body ?? null);
  const text = canonicalJson(shown);
  const isLong = text.length > limits.proposalBytesMax;
  const cut = `${text.slice(0, limits.proposalBytesMax)} ... (cut from ${text.length} characters)`;
  return { status, body: isLong ? cut : shown, digest: digestOf({ status, body: body ?? null }) };
}

/** Whether what a person was shown is still what stands there. */
export const isUnchanged = (before: SeenValue, now: SeenValue): boolean => before.digest === now.digest;

/** A placeholder for the instance's url, which does not matter here. */
const anyBase = 'https://instance.invalid';

/** The path without its query; undefined where two servers could understand it differently. */
function plainPath(path: string): string | undefined {
  const [pathname = ''] = path.split('?', 1);
  return resolveInside(anyBase, path) && !/[%;]/.test(pathname) ? pathname : undefined;
}

/** By which the platform deploys and learns what runs; no pattern of `writePaths` opens them. */
function isDeployPath({ request, status, rollback, version, health }: InstanceConfig['deploy'], path: string): boolean {
  const own = path.toLowerCase().replace(/\/+$/, '');
  return [request, status, rollback, version, health].some((api) => {
    const pattern = api.path
      .toLowerCase()
      .replace(/\/+$/, '')
      .replace(/[^/]*\{id\}[^/]*/g, '*');
    return matchesPattern(pattern, own) || matchesPattern(`${pattern}/**`, own);
  });
}

/** Why an agent may not even propose this; undefined if it may. */
export function writeFault(
  agentId: string,
  { writePaths, deploy }: Pick<InstanceConfig, 'writePaths' | 'deploy'>,
  request: ProposedRequest,
): Refusal | undefined {
  const { method, path } = request;
  const what = `${method} ${JSON.stringify(path)}`;
  const plain = plainPath(path);
  if (plain === undefined) return refuse('TOOL_PATH', `${what} is not a plain path below the configured address`);
  if (isDeployPath(deploy, plain)) {
    const fix = 'Leave deployments to the platform: it deploys what people merged.';
    return refuse('TOOL_PATH', `${what} belongs to the deployments of the instance`, fix);
  }
  if (!writePaths.some((pattern) => matchesPattern(pattern, plain))) {
    const listed = writePaths.length === 0 ? 'none' : writePaths.join(', ');
    const fix = `Stay within these paths, or ask a person to add one to instance.writePaths in ${agentId}/jvAgent.json.`;
    return refuse('TOOL_PATH', `${what} is not in instance.writePaths of ${agentId} (${listed})`, fix);
  }
  const bytes = Buffer.byteLength(canonicalJson(request));
  if (bytes <= limits.proposalBytesMax) return undefined;
  const why = `${what} has ${bytes} bytes; a person can read and confirm at most ${limits.proposalBytesMax}`;
  return refuse('TOOL_PATH', why, 'Propose several small changes.');
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isSame = (a: unknown, b: unknown) => canonicalJson(a ?? null) === canonicalJson(b ?? null);

/** Whether all of `wanted` stands in `value`, which may have more fields. */
function holds(value: unknown, wanted: unknown): boolean {
  if (!isObject(wanted)) return isSame(value, wanted);
  return isObject(value) && Object.entries(wanted).every(([name, inner]) => holds(value[name], inner));
}

/** Whether an answer to a GET shows that the request was carried out: what was put is there, what was removed is not. */
export function isCarriedOut({ method, body }: ProposedRequest, after: { status: number; body: unknown }): boolean {
  if (method === 'DELETE') return after.status === 404 || after.status === 410;
  if (after.status < 200 || after.status >= 300) return false;
  if (holds(after.body, body)) return true;
  const lists = [after.body, ...(isObject(after.body) ? Object.values(after.body) : [])].filter(Array.isArray);
  return method === 'POST' && lists.some((list: unknown[]) => list.some((each) => holds(each, body)));
}
