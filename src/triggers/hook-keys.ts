/** Derives the secret of each agent's hooks, so that none has to be stored and one reveals nothing about another. */
import { createHmac } from 'node:crypto';

/** 64 hex digits: HMAC-SHA256 of the agent's id under JVAGENT_HOOK_KEY. */
export function hookSecret(hookKey: string, agentId: string): string {
  return createHmac('sha256', hookKey).update(agentId).digest('hex');
}

/** The value that GitHub sends in `X-Hub-Signature-256`. */
export function gitHubSignature(secret: string, body: Buffer): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/** Slack's signature: `v0=` and the HMAC of version, time and raw body, see api.slack.com/authentication/verifying-requests-from-slack. */
export function slackSignature(secret: string, timestamp: string, body: Buffer): string {
  return `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;
}
