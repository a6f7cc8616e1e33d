/** The key of an effect, made of its content: the same effect has the same key, however often it is asked for. */
import { shortHash } from '../base/digest.ts';
import { workItemSession } from '../broker/session-id.ts';
import type { Intent } from '../work-items/lifecycle/events.ts';

function contentOf(intent: Intent): string {
  switch (intent.kind) {
    case 'claim-plan':
      return `${intent.nth}`;
    case 'post-plan':
      return `${intent.hash}#${intent.nth}`;
    case 'mark-stale':
      return `${intent.hash}@${intent.againAt}`;
    case 'ask':
      return `${shortHash(intent.question)}#${intent.nth}`;
    case 'claim-execution':
      return `${intent.hash}@${intent.approvedRev}`;
    case 'test':
      return `${intent.sha}#${intent.nth}`;
    case 'push':
      return `${intent.branch}@${intent.sha}`;
    case 'open-pr':
      return `${intent.branch}@${intent.sha}#${intent.nth}`;
    case 'link':
      return shortHash(intent.url);
    case 'show':
      return `${intent.phase}#${intent.nth}`;
    case 'comment':
      return `${shortHash(intent.text)}#${intent.nth}`;
    case 'tell':
      return `${intent.nth}`;
    case 'set-fields':
    case 'create-child':
      return `${shortHash(JSON.stringify(intent.fields))}#${intent.nth}`;
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
  return `${agentId} ${workItemSession(workItemId)} ${intent.kind} ${contentOf(intent)}`;
}
