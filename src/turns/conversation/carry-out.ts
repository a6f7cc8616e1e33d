/**
 * Carries a confirmed proposal out, at most once.
 *
 * permit by a live look -> stored as sent -> sent -> read back -> outcome, stored; what was stored as sent before is only read back
 */
import { randomUUID } from 'node:crypto';
import { messageOf, OutsideError } from '../../base/errors.ts';
import { known } from '../../base/known.ts';
import { redactValue } from '../../base/redact.ts';
import type { InstanceConnector } from '../../connectors/instance.ts';
import { permitWrite, type WritePermit } from '../../conversations/gate/instance-write.ts';
import {
  isCarriedOut,
  type ProposalOutcome,
  type ProposedRequest,
  type StoredProposal,
  seenValue,
} from '../../conversations/proposal.ts';
import type { TurnRest } from '../../ipc/protocol.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { pauses, tryAgainAt } from '../../waits.ts';
import { meaningOf } from '../../work-items/code-meaning.ts';
import { outsideRefusal } from '../../work-items/outside-refusal.ts';
import type { Turn } from '../turn.ts';

const valueAt = (instance: InstanceConnector, { path, query }: ProposedRequest) =>
  instance.call({ method: 'GET', path, ...known({ query }) });

/** Waits with the reason; the session comes back to it. */
const later = ({ clock }: Turn, why: Refusal): TurnRest => ({
  until: why.until ?? tryAgainAt(clock.now(), pauses.unreachable),
  why,
});

/** What stands there now, after something was, or may have been, sent. `fault` is why that is not sure. */
async function readBack(
  turn: Turn,
  instance: InstanceConnector,
  { request }: StoredProposal,
  sent: { status?: number; fault?: string },
): Promise<ProposalOutcome> {
  const unsure = (why: string): ProposalOutcome => ({ kind: 'unknown', why: turn.redact(why) });
  try {
    const now = await valueAt(instance, request);
    if (isRefusal(now)) return unsure(now.why);
    const isVerified = isCarriedOut(request, now);
    if (!isVerified && sent.fault !== undefined)
      return unsure(`${sent.fault}; reading it back does not show the change`);
    const after = seenValue(now, (body) => redactValue(turn.redact, body)).body;
    return { kind: 'done', isVerified, after, ...known({ status: sent.status }) };
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    return unsure(`${sent.fault ?? 'it was sent'}; it could not be read back: ${messageOf(error)}`);
  }
}

async function send(turn: Turn, instance: InstanceConnector, permit: WritePermit, proposal: StoredProposal) {
  const { id, request, hash } = proposal;
  try {
    const { status } = await instance.write(permit, request, hash, `${turn.agent.id}:${id}`);
    turn.crashPoints.reach('worker.effect');
    return await readBack(turn, instance, proposal, { status });
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    if (error.facts.maybeDone) return readBack(turn, instance, proposal, { fault: messageOf(error) });
    return { kind: 'refused', refusal: outsideRefusal(error, turn.agent.id) } as const;
  }
}

/** A permit; or why none is given: for now, or for good. */
async function askGate(
  turn: Turn,
  instance: InstanceConnector,
  proposal: StoredProposal,
): Promise<WritePermit | Refusal> {
  const { agent, order, clock, supervisor } = turn;
  const { instance: config } = agent.config;
  if (!config) return refuse('TOOL_UNAVAILABLE', `${agent.id} has no instance any more`);
  const gate = {
    agent: { id: agent.id, configDigest: agent.digest },
    sessionId: order.sessionId,
    instance: config,
    read: (request: ProposedRequest) => valueAt(instance, request),
    blocked: async () => (await supervisor.call('blocked', { kind: 'conversation-write' })) ?? undefined,
    newId: randomUUID,
    clock,
  };
  try {
    return await permitWrite(gate, proposal);
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    const { until, why } = outsideRefusal(error, agent.id);
    return { ...refuse('GATE_UNVERIFIABLE', `the instance could not be asked: ${why}`), ...known({ until }) };
  }
}

const isForLater = (refusal: Refusal) => meaningOf(refusal).postpones === 'any' || refusal.refused === 'GATE_LEASE';

/** Undefined once its outcome is stored, else when to come back to it and why. */
export async function carryOut(turn: Turn, proposal: StoredProposal): Promise<TurnRest | undefined> {
  const { supervisor, crashPoints, worker } = turn;
  const { instance } = worker;
  const { id } = proposal;
  const end = async (outcome: ProposalOutcome, permitId?: string) => {
    await supervisor.call('proposalEnd', { id, outcome, ...known({ permitId }) });
    return undefined;
  };
  if (!instance)
    return end({ kind: 'refused', refusal: refuse('TOOL_UNAVAILABLE', `${turn.agent.id} has no instance`) });
  if (proposal.state === 'sent') {
    return end(await readBack(turn, instance, proposal, { fault: 'the platform stopped while it was being sent' }));
  }
  const permit = await askGate(turn, instance, proposal);
  if (isRefusal(permit)) return isForLater(permit) ? later(turn, permit) : end({ kind: 'refused', refusal: permit });
  if (!(await supervisor.call('proposalBegin', { id }))) return undefined;
  crashPoints.reach('worker.intent');
  return end(await send(turn, instance, permit, proposal), permit.id);
}
