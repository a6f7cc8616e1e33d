/**
 * A customer's running product: what it runs, deployments and rollbacks by permit, and plain reads for agents.
 *
 * Every path stays below the configured address; every deployment and rollback carries an Idempotency-Key.
 */
import { z } from 'zod';
import type { InstanceConfig } from '../agents/config/instance.ts';
import { assert } from '../base/errors.ts';
import type { ProposedRequest } from '../conversations/proposal.ts';
import type { Refusal } from '../refusal.ts';
import type { ConversationBinding, Permit } from '../work-items/gate/permit.ts';
import type { Instance } from '../work-items/instance.ts';
import { createHttpClient, type HttpSettings, type WriteRequest } from './http/http-client.ts';
import { shaped } from './http/outside.ts';
import { type CallResult, callInstance, fresh, type InstanceCall } from './instance-call.ts';

interface InstanceOptions {
  url: string;
  /** The setting that holds the url. */
  urlSetting: 'instance.url' | 'INSTANCE_URL';
  /** With or without its leading `Bearer `. */
  token: string;
  /** How it takes deployments. */
  deploy: InstanceConfig['deploy'];
  http: HttpSettings;
}

export interface InstanceConnector extends Instance {
  /**
   * Sends a confirmed proposal, once: the key lets the instance know it again. Its status, whatever it says of the request;
   * throws OutsideError for all else.
   */
  write(
    permit: Permit<ConversationBinding>,
    request: ProposedRequest,
    hash: string,
    key: string,
  ): Promise<{ status: number }>;
  /** One read of an agent; a path that leads elsewhere and a method that writes are refused. */
  call(request: InstanceCall): Promise<CallResult | Refusal>;
}

const startedShape = z.object({ id: z.union([z.string().min(1), z.int()]).transform(String) });
const statusShape = z.object({ status: z.string() });

const withId = (path: string, id: string) => path.replaceAll('{id}', encodeURIComponent(id));

/** The text at a JSON pointer (RFC 6901), where there is one. */
function textAt(body: unknown, pointer: string): string | undefined {
  let value = body;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function createInstance({ url, urlSetting, token, deploy: api, http }: InstanceOptions): InstanceConnector {
  const system = `instance ${new URL(url).host}`;
  const authorization = `Bearer ${token.replace(/^Bearer\s+/i, '')}`;
  const client = createHttpClient({
    http,
    system,
    baseUrl: url,
    tokenName: 'INSTANCE_API_TOKEN',
    address: { setting: urlSetting },
    answers: 'data',
    headers: () => ({ authorization }),
  });

  function send(permit: Permit, use: { sha?: string }, key: string, request: WriteRequest) {
    const headers = { ...request.headers, 'Idempotency-Key': key };
    return client.send(permit, ['deploy', 'rollback'], use, { ...request, headers });
  }

  return {
    async version() {
      const { body } = await client.get(api.version.path, { headers: fresh });
      return { commit: textAt(body, api.version.pointer), name: textAt(body, '/name') };
    },

    async healthy() {
      const asked = { headers: fresh, accepts: () => true, answers: 'any', retriesMax: 0 } as const;
      const { status } = await client.get(api.health.path, asked);
      return status >= 200 && status < 300;
    },

    async deploy(permit, { sha, key, archive }) {
      const { method, path, body } = api.request;
      assert(body === 'sha' || archive, `${system} takes an archive and was given none`);
      const content =
        body === 'sha' ? { body: { sha } } : { body: archive, headers: { 'content-type': 'application/x-tar' } };
      const answer = await send(permit, { sha }, key, { method, path, ...content });
      const { id } = shaped(startedShape, answer.body, { system, request: `${method} ${path}` }, true);
      return { deploymentId: id };
    },

    async deployment(deploymentId) {
      const path = withId(api.status.path, deploymentId);
      const { body } = await client.get(path, { headers: fresh });
      const { status } = shaped(statusShape, body, { system, request: `GET ${path}` });
      if (api.status.done.includes(status)) return 'succeeded';
      return api.status.failed.includes(status) ? 'failed' : 'running';
    },

    async rollback(permit, deploymentId, key) {
      const path = withId(api.rollback.path, deploymentId);
      await send(permit, {}, key, { method: api.rollback.method, path, body: {} });
    },

    async write(permit, { method, path, query, body }, hash, key) {
      const request = { method, path, query, body, headers: { 'Idempotency-Key': key } };
      const { status } = await client.send(permit, ['conversation-write'], { hash }, request);
      return { status };
    },

    call: (request) => callInstance(client, url, request),
  };
}
