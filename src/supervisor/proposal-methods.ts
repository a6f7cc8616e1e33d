/** What a worker may ask about proposals: to store one, and to mark a confirmed one of its own session as sent and as over. */
import { randomUUID } from 'node:crypto';
import { type Proposal, type ProposalWish, proposalHash, writeFault } from '../conversations/proposal.ts';
import { outcomeText, proposalText, requestLine } from '../conversations/proposal-text.ts';
import type { Implementation } from '../ipc/peer.ts';
import type { SupervisorMethods } from '../ipc/protocol.ts';
import { limits } from '../limits.ts';
import { isRefusal, type Refusal, refuse } from '../refusal.ts';
import { noteActivity } from './copies/activity.ts';
import type { Node } from './node.ts';
import type { RunningTurn } from './running-turn.ts';
import type { TurnNotes } from './turn-notes.ts';

/** The proposal as people will see it; TOOL_UNAVAILABLE for an agent that may not propose, TOOL_PATH for a path it may not write. */
function proposalOf({ agent, agentId, sessionId }: RunningTurn, wish: ProposalWish, at: number): Proposal | Refusal {
  const { instance } = agent.config;
  if (agent.kind !== 'conversation' || !instance) {
    return refuse('TOOL_UNAVAILABLE', `${agentId} may not propose changes of an instance`);
  }
  const fault = writeFault(agentId, instance, wish.request);
  if (fault) return fault;
  const proposal = { ...wish, agentId, sessionId, at, expiresAt: at + limits.proposalHours * 3_600_000 };
  return { ...proposal, id: randomUUID().slice(0, 8), hash: proposalHash(proposal) };
}

export function createProposalMethods(
  { store, clock, crashPoints }: Pick<Node, 'store' | 'clock' | 'crashPoints'>,
  notes: TurnNotes,
  turn: (turnId: string) => RunningTurn,
) {
  return {
    async propose({ turnId, wish }) {
      const running = turn(turnId);
      const proposal = proposalOf(running, wish, clock.now());
      if (isRefusal(proposal)) return proposal;
      const { name = running.agentId, confirmers = [] } = running.agent.config.instance ?? {};
      const asked = proposalText(proposal, { instance: name, confirmers });
      const stored = await store.proposals.add(running, proposal, asked);
      crashPoints.reach('supervisor.commit');
      if (isRefusal(stored)) return stored;
      const text = `proposal ${stored.id}: ${requestLine(stored.request)}`;
      if (stored.id === proposal.id) await notes.write(running, [{ at: clock.now(), kind: 'proposal', text }]);
      return { proposed: stored.id, expiresAt: stored.expiresAt };
    },
    async proposalBegin({ turnId, id }) {
      const isOurs = await store.proposals.begin(turn(turnId), id);
      crashPoints.reach('supervisor.commit');
      return isOurs;
    },
    async proposalEnd({ turnId, id, outcome, permitId }) {
      const running = turn(turnId);
      await store.proposals.end(running, id, outcome, permitId);
      crashPoints.reach('supervisor.commit');
      const proposal = await store.proposals.get(id);
      if (!proposal) return null;
      const text = `proposal ${id}: ${outcomeText(proposal, outcome, proposal.decidedBy ?? 'nobody')}`;
      await notes.write(running, [{ at: clock.now(), kind: 'proposal', text }]);
      await noteActivity(store, running.agent, clock.now(), text);
      return null;
    },
  } satisfies Partial<Implementation<SupervisorMethods>>;
}
