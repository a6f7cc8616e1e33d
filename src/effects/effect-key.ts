/** The key of an effect, derived from its content: the same effect always has the same key. */
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
      return `${intent.branch}@${intent.sha}${intent.nth === undefined ? '' : `#${intent.nth}`}`;
    case 'open-pr':
      return `${intent.branch}@${intent.sha}#${intent.nth}`;
    case 'label-pr':
      return `${intent.number}#${intent.label}`;
    case 'ask-review':
      return `${intent.number}#${intent.reviewer}`;
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
      // An instance may use the same id for each deployment of a commit.
      return `${intent.sha}@${intent.deploymentId}#${intent.nth}`;
  }
}

/** `codechange/acme wi-12 push feature/acme-12@<sha>`: unique on the platform, and readable for people. */
export function effectKey(agentId: string, workItemId: number, intent: Intent): string {
  return `${agentId} ${workItemSession(workItemId)} ${intent.kind} ${contentOf(intent)}`;
}
