/**
 * Hooks of Azure DevOps and GitHub: each only brings the next look forward, whatever it says happened.
 *
 * request -> size -> secret of this agent -> which work item, if it names one -> wake, at most one in 5 s -> 204
 */
import { Hono } from 'hono';
import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import type { Respond } from '../base/http.ts';
import { limits } from '../limits.ts';
import { equalSecrets, gitHubSignature, hookSecret } from './hook-keys.ts';

export interface WebhooksOptions {
  hookKey: string;
  /** The agent's branch prefix where there is such an agent, by which a branch tells its work item. */
  prefixOf: (agentId: string) => string | undefined;
  /** Makes the agent look at one work item, or at its whole board. */
  wake: (agentId: string, workItemId: number | undefined) => void;
  clock: Clock;
}

const azureShape = z.object({
  resource: z.object({ id: z.int().positive().optional(), workItemId: z.int().positive().optional() }),
});

const gitHubShape = z.object({ pull_request: z.object({ head: z.object({ ref: z.string().max(300) }) }) });

/** `resource.id` is the number of the update in `workitem.updated`, which names the item beside it; else it is the item's. */
function itemOfAzure(body: unknown): number | undefined {
  const read = azureShape.safeParse(body);
  return read.success ? (read.data.resource.workItemId ?? read.data.resource.id) : undefined;
}

function itemOfGitHub(body: unknown, prefix: string): number | undefined {
  const read = gitHubShape.safeParse(body);
  const ref = read.success ? read.data.pull_request.head.ref : '';
  const digits = ref.startsWith(prefix) ? /^[1-9][0-9]{0,14}(?![0-9])/.exec(ref.slice(prefix.length))?.[0] : undefined;
  return digits === undefined ? undefined : Number(digits);
}

/** Lets one wake through at once and, of all that come within the pause after it, one more at its end. */
function createPause({ wake, clock }: Pick<WebhooksOptions, 'wake' | 'clock'>) {
  const resting = new Map<string, { again: boolean }>();
  return async function knock(agentId: string, workItemId: number | undefined): Promise<void> {
    const key = `${agentId} ${workItemId ?? ''}`;
    const rest = resting.get(key);
    if (rest) {
      rest.again = true;
      return;
    }
    const state = { again: false };
    resting.set(key, state);
    wake(agentId, workItemId);
    await clock.sleep(limits.hookPauseSeconds * 1_000);
    resting.delete(key);
    if (state.again) void knock(agentId, workItemId);
  };
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The password of Basic auth, whatever the name; empty when there is none. */
function passwordOf(authorization: string | undefined): string {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(authorization ?? '')?.[1] ?? '';
  return Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '');
}

export function createWebhooks({ hookKey, prefixOf, wake, clock }: WebhooksOptions): Respond {
  const knock = createPause({ wake, clock });
  const app = new Hono();

  app.post('/hooks/:system{azure-devops|github}/:agentId{.+}', async (c) => {
    const { system, agentId } = c.req.param();
    if (Number(c.req.header('content-length') ?? 0) > limits.hookBytesMax) return c.body(null, 413);
    const body = Buffer.from(await c.req.arrayBuffer());
    if (body.length > limits.hookBytesMax) return c.body(null, 413);
    const secret = hookSecret(hookKey, agentId);
    const isSigned =
      system === 'github'
        ? equalSecrets(c.req.header('x-hub-signature-256') ?? '', gitHubSignature(secret, body))
        : equalSecrets(passwordOf(c.req.header('authorization')), secret);
    const prefix = prefixOf(agentId);
    if (!isSigned || prefix === undefined) return c.body(null, 401);
    const json = readJson(body);
    void knock(agentId, system === 'github' ? itemOfGitHub(json, prefix) : itemOfAzure(json));
    return c.body(null, 204);
  });
  app.notFound((c) => c.body(null, 404));
  return (request) => app.fetch(request);
}
