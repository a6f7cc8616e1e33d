/** The key of an effect, made of its content: the same effect has the same key, however often it is asked for. */
import { createHash } from 'node:crypto';
import type { Intent } from '../work-items/lifecycle/events.ts';

/** A short digest of a text, for keys and markers. */
export function textHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function contentOf(intent: Intent): string {
  switch (intent.kind) {
    case 'claim-plan':
      return `${intent.nth}`;
    case 'post-plan':
      return `${intent.hash}#${intent.nth}`;
    case 'ask':
      return `${textHash(intent.question)}#${intent.nth}`;
    case 'claim-execution':
      return `${intent.hash}@${intent.approvedRev}`;
    case 'test':
      return `${intent.sha}#${intent.nth}`;
    case 'push':
      return `${intent.branch}@${intent.sha}`;
    case 'open-pr':
      return `${intent.branch}@${intent.sha}#${intent.nth}`;
    case 'link':
      return textHash(intent.url);
    case 'show':
      return `${intent.phase}#${intent.nth}`;
    case 'comment':
      return `${textHash(intent.text)}#${intent.nth}`;
    case 'tell':
      return `${intent.nth}`;
    case 'set-fields':
    case 'create-child':
      return `${textHash(JSON.stringify(intent.fields))}#${intent.nth}`;
    case 'deploy':
      return `${intent.sha}#${intent.nth}`;
    case 'verify':
    case 'rollback':
      // An instance may give the same id to each deployment of a commit.
      return `${intent.sha}@${intent.deploymentId}#${intent.nth}`;
  }
}

/** `codechange/acme wi-12 push feature/acme-12@<sha>`: unique over the platform, readable by people. */
export function effectKey(agentId: string, workItemId: number, intent: Intent): string {
  return `${agentId} wi-${workItemId} ${intent.kind} ${contentOf(intent)}`;
}
