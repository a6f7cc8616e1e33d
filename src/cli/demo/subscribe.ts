/** Subscribes an agent's hooks at both emulated systems, as an engineer would on their settings pages. */
import type { Emulators } from '../../../emulators/start.ts';
import { projectOf, type TenantName } from '../../../emulators/tenants.ts';

export interface HookTarget {
  agentId: string;
  /** Where the platform listens for hooks. */
  port: number;
  /** The agent's own hook secret. */
  secret: string;
}

const boardEvents = ['workitem.created', 'workitem.updated', 'git.pullrequest.updated'];
const codeEvents = ['pull_request', 'pull_request_review', 'issue_comment', 'check_run', 'status'];

async function post(url: string, authorization: string, body: unknown): Promise<void> {
  const headers = { authorization, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`POST ${url}: ${answer.status} ${await answer.text()}`);
}

/** Throws if one of the systems refuses. */
export async function subscribeHooks(
  { urls, tenants }: Pick<Emulators, 'urls' | 'tenants'>,
  tenant: TenantName,
  { agentId, port, secret }: HookTarget,
): Promise<void> {
  const { secrets, repository } = tenants[tenant];
  const to = (system: string) => `http://127.0.0.1:${port}/hooks/${system}/${agentId}`;
  const basic = `Basic ${Buffer.from(`:${secrets.pats.engineer}`).toString('base64')}`;
  for (const eventType of boardEvents) {
    await post(`${urls.azureDevOps}/${tenant}/_apis/hooks/subscriptions?api-version=7.1`, basic, {
      publisherId: 'tfs',
      eventType,
      resourceVersion: '1.0',
      consumerId: 'webHooks',
      consumerActionId: 'httpRequest',
      publisherInputs: { projectId: projectOf(tenant) },
      consumerInputs: { url: to('azure-devops'), basicAuthUsername: 'hook', basicAuthPassword: secret },
    });
  }
  await post(`${urls.github}/repos/${repository}/hooks`, `Bearer ${secrets.gitTokens.engineer}`, {
    events: codeEvents,
    config: { url: to('github'), content_type: 'json', secret },
  });
}
