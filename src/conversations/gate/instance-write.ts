/**
 * The gate of a confirmed change of an instance: the permit for exactly the request that a person confirmed.
 *
 * confirmed, whole, in time, still allowed -> the value now, read live, is the one shown -> nothing blocks it -> Permit | Refusal
 */
import type { InstanceConfig } from '../../agents/config/instance.ts';
import type { Clock } from '../../base/clock.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { type ConversationBinding, Permit } from '../../work-items/gate/permit.ts';
import { timeText } from '../../work-items/time-text.ts';
import { isUnchanged, proposalHash, type StoredProposal, seenValue, writeFault } from '../proposal.ts';

export interface WriteGateOptions {
  agent: { id: string; configDigest: string };
  sessionId: string;
  instance: Pick<InstanceConfig, 'writePaths' | 'deploy'>;
  /** What a GET of the proposal's path answers now. Throws OutsideError. */
  read: (request: StoredProposal['request']) => Promise<{ status: number; body: unknown } | Refusal>;
  /** Why nothing may go out now; asked last, just before minting. */
  blocked: () => Promise<Refusal | undefined>;
  newId: () => string;
  clock: Clock;
}

export type WritePermit = Permit<ConversationBinding>;

const again = 'Ask the agent to look again, and to propose the change again if it is still wanted.';

/** What is known without looking. */
function faultOf(
  { agent, sessionId, instance, clock }: WriteGateOptions,
  proposal: StoredProposal,
): Refusal | undefined {
  const { id, state, hash, expiresAt, request } = proposal;
  if (proposal.agentId !== agent.id || proposal.sessionId !== sessionId) {
    return refuse('GATE_TENANT', `proposal ${id} is not one of ${sessionId} of ${agent.id}`, again);
  }
  if (state !== 'confirmed') return refuse('GATE_STATE', `proposal ${id} is ${state}, not confirmed`, again);
  if (hash !== proposalHash(proposal)) {
    return refuse('GATE_REV', `proposal ${id} is not the one that was confirmed`, again);
  }
  if (clock.now() >= expiresAt) {
    return refuse('GATE_EXPIRED', `proposal ${id} could be sent until ${timeText(expiresAt)}`, again);
  }
  return writeFault(agent.id, instance, request);
}

/** Throws OutsideError where the instance cannot be asked. */
export async function permitWrite(options: WriteGateOptions, proposal: StoredProposal): Promise<WritePermit | Refusal> {
  const { agent, sessionId, read, blocked, newId, clock } = options;
  const fault = faultOf(options, proposal);
  if (fault) return fault;
  const checkedAt = clock.now();
  const now = await read(proposal.request);
  if (isRefusal(now)) return now;
  if (
    !isUnchanged(
      proposal.before,
      seenValue(now, () => null),
    )
  ) {
    return refuse('GATE_CONTENT', 'the value that stands there is not the one that was shown', again);
  }
  const stopped = await blocked();
  if (stopped) return stopped;
  const { id: agentId, configDigest } = agent;
  const binding = { kind: 'conversation-write', agentId, sessionId, hash: proposal.hash, configDigest } as const;
  return Permit.mint(newId(), binding, clock, checkedAt);
}
