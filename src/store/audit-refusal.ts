/** A refused act as an entry of the audit log: who wanted to do what, to what, and the code of the no. */
import { digestOf } from '../base/digest.ts';
import type { RefusedAct } from '../refusal.ts';
import type { AuditLog } from './audit.ts';
import type { SessionKey } from './fence.ts';

export interface AuditedRefusal extends Omit<RefusedAct, 'code'> {
  /** `agent/ID`, `person/NAME`, or what else asked. */
  readonly actor: string;
  /** Undefined where a command said no in words of its own. */
  readonly code: RefusedAct['code'] | undefined;
  /** How often it was refused by now; one entry stands for several then. */
  readonly count?: number;
}

/** The session's id is empty for what concerns the whole agent. Nothing secret may be in it any more. */
export async function auditRefusal(
  audit: Pick<AuditLog, 'append'>,
  { agentId, sessionId }: SessionKey,
  { actor, action, target, code, count = 1 }: AuditedRefusal,
): Promise<void> {
  const outcome = ['refused', code].filter(Boolean).join(' ') + (count > 1 ? `, ${count} times` : '');
  const argsDigest = digestOf({ action, target });
  await audit.append({ agentId, sessionId, actor, action, target: target || sessionId, argsDigest, outcome });
}
