/**
 * Hooks of Azure DevOps and GitHub. A hook only brings the next look forward; its content is not trusted.
 *
 * request -> size -> secret of this agent -> its work item, if it names one -> not our own change -> wake, at most one
 * in 5 s -> 204; if the wake could not be stored, the answer is 500, so that the sender tries again
 */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { equalSecrets } from '../base/digest.ts';
import { messageOf } from '../base/errors.ts';
import { bodyOf, type Respond } from '../base/http.ts';
import type { Log } from '../base/log.ts';
import { limits } from '../limits.ts';
import { gitHubSignature, hookSecret } from './hook-keys.ts';

export interface WebhooksOptions {
  hookKey: string;
  /** The agent's branch prefix, if the agent exists; it maps a branch to its work item. */
  prefixOf: (agentId: string) => string | undefined;
  /** Whether `by` is an id or account of the agent itself: its own changes are ignored. */
  isOurs: (agentId: string, by: string) => Promise<boolean>;
  /** Makes the agent look at one work item, or at its whole board; resolves when the wake is stored. */
  wake: (agentId: string, workItemId: number | undefined) => Promise<void>;
  /** Called for each hook without this agent's secret, with the system that it came from. */
  refused: (agentId: string, system: string) => void;
  /** Ends all pauses; after that nothing is woken. */
  signal: AbortSignal;
  clock: Clock;
  log: Log;
}

/** Everything that is read from a hook: the work item and the author of the change, if it names them. */
interface Told {
  workItemId?: number | undefined;
  by?: string | undefined;
}

const branch = z.string().max(300);
const ofAzurePull = z.object({ sourceRefName: branch });
const id = z.int().positive().optional();

const azureShape = z.object({
  resource: z.union([
    z.object({ pullRequest: ofAzurePull }).transform(({ pullRequest }) => pullRequest),
    ofAzurePull,
    z.object({ id, workItemId: id, revisedBy: z.object({ id: z.string() }).optional() }),
  ]),
});

const gitHubShape = z.object({
  pull_request: z.object({ head: z.object({ ref: branch }) }).optional(),
  sender: z.object({ login: z.string() }).optional(),
});

/** The work item of one of the agent's branches; undefined for any other branch. */
function itemOfBranch(ref: string, prefix: string): number | undefined {
  const digits = ref.startsWith(prefix) ? /^[1-9][0-9]{0,14}(?![0-9])/.exec(ref.slice(prefix.length))?.[0] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

/**
 * In `workitem.updated`, `resource.id` is the number of the update, and `resource.workItemId` the item; in other events it is the
 * item.
 */
function toldByAzure(body: unknown, prefix: string): Told {
  const read = azureShape.safeParse(body);
  if (!read.success) return {};
  const { resource } = read.data;
  if (!('sourceRefName' in resource)) {
    return { workItemId: resource.workItemId ?? resource.id, by: resource.revisedBy?.id };
  }
  return { workItemId: itemOfBranch(resource.sourceRefName.replace(/^refs\/heads\//, ''), prefix) };
}

/**
 * Events whose sender is the author. The sender of other events, such as a check, is whoever triggered them, and that may be us.
 */
const eventsByAuthor: readonly string[] = ['pull_request', 'pull_request_review', 'issue_comment'];

function toldByGitHub(event: string, body: unknown, prefix: string): Told {
  const read = gitHubShape.safeParse(body);
  if (!read.success) return {};
  const { pull_request: pull, sender } = read.data;
  const by = eventsByAuthor.includes(event) ? sender?.login : undefined;
  return { workItemId: pull && itemOfBranch(pull.head.ref, prefix), by };
}

/** Passes one wake on at once; of all that arrive during the following pause, one more at its end. */
function throttledWake({ wake, signal, clock, log }: Pick<WebhooksOptions, 'wake' | 'signal' | 'clock' | 'log'>) {
  const resting = new Map<string, { again: boolean }>();

  async function rest(agentId: string, workItemId: number | undefined, key: string): Promise<void> {
    const state = { again: false };
    resting.set(key, state);
    await clock.sleep(limits.hookPauseSeconds * 1_000, signal);
    resting.delete(key);
    if (state.again && !signal.aborted) await knock(agentId, workItemId);
  }

  async function knock(agentId: string, workItemId: number | undefined): Promise<void> {
    const key = `${agentId} ${workItemId ?? ''}`;
    const state = resting.get(key);
    if (state) {
      state.again = true;
      return;
    }
    rest(agentId, workItemId, key).catch((error: unknown) =>
      log.error({ agentId }, `could not store the second wake of a hook: ${messageOf(error)}`),
    );
    await wake(agentId, workItemId);
  }
  return knock;
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The password of Basic auth, for any user name; empty if there is none. */
function passwordOf(authorization: string | undefined): string {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization ?? '')?.[1] ?? '';
  return Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '');
}

export function createWebhooks({ hookKey, prefixOf, isOurs, refused, ...options }: WebhooksOptions): Respond {
  const knock = throttledWake(options);
  const app = new Hono();

  app.post('/hooks/:system{azure-devops|github}/:agentId{.+}', async (c) => {
    const { system, agentId } = c.req.param();
    const body = await bodyOf(c.req.raw, limits.hookBytesMax);
    if (!body) return c.body(null, 413);
    const secret = hookSecret(hookKey, agentId);
    const isSigned =
      system === 'github'
        ? equalSecrets(c.req.header('x-hub-signature-256') ?? '', gitHubSignature(secret, body))
        : equalSecrets(passwordOf(c.req.header('authorization')), secret);
    const prefix = prefixOf(agentId);
    if (!isSigned) refused(agentId, system);
    if (!isSigned || prefix === undefined) return c.body(null, 401);
    const event = c.req.header('x-github-event') ?? '';
    // GitHub's test message for a new hook.
    if (event === 'ping') return c.body(null, 204);
    const json = readJson(body);
    const { workItemId, by } = system === 'github' ? toldByGitHub(event, json, prefix) : toldByAzure(json, prefix);
    if (by === undefined || !(await isOurs(agentId, by))) await knock(agentId, workItemId);
    return c.body(null, 204);
  });
  app.onError((error, c) => {
    options.log.error(`could not handle a hook: ${messageOf(error)}`);
    return c.body(null, 500);
  });
  app.notFound((c) => c.body(null, 404));
  return (request) => app.fetch(request);
}
