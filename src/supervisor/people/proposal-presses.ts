/** The buttons below a proposal: one of the instance's confirmers lets it be sent, or somebody turns it down. */
import { isRefusal } from '../../refusal.ts';
import { proposalActions } from '../../store/conversations/proposal-posts.ts';
import type { Press, Presses, TakePress } from '../slack/press.ts';
import { actorOf, judge, noText, nothing, type PeopleNode, whisper } from './judge.ts';

/** Decided once in the store, where the message loses its buttons in the same step; a press that comes again finds that. */
function decide(node: PeopleNode, to: 'confirmed' | 'declined'): TakePress {
  return async ({ entry, button, app }: Press) => {
    const { agentId, sessionId, body } = button;
    const [id, shown] = [String(body.proposalId), String(body.hash)];
    const place = { app: button.app, channel: button.channel, ...(button.root === null ? {} : { root: button.root }) };
    const { user } = entry;
    const told = (text: string, reason: string) => {
      const wish = whisper(`told:${entry.eventKey}`, place, user, text);
      return { outcome: { ...nothing, decision: 'pressed', reason, wishes: [wish] } };
    };
    const proposal = await node.store.proposals.get(id);
    const state = node.agents.get(agentId);
    const confirmers = (state && 'agent' in state && state.agent.config.instance?.confirmers) || [];
    const act = { action: to === 'confirmed' ? 'confirm' : 'decline', target: `proposal/${id}` };
    const wanted = { app, user, agentId, sessionId, ...act, shown, current: proposal?.hash, right: 'confirm' as const };
    const allowed = await judge(node, { ...wanted, only: to === 'confirmed' ? confirmers : undefined });
    if (isRefusal(allowed)) return told(noText(allowed), allowed.why);
    const { person: name, permit } = allowed;
    const decision = { id, hash: shown, to, by: actorOf(wanted), name, permitId: permit.id };
    const decided = await node.store.proposals.decide(decision);
    if (isRefusal(decided)) return told(noText(decided), decided.why);
    node.poke();
    return { outcome: { ...nothing, decision: 'pressed', reason: `${name}: ${to}` } };
  };
}

export const proposalPresses = (node: PeopleNode): Presses => ({
  [proposalActions.confirm]: decide(node, 'confirmed'),
  [proposalActions.decline]: decide(node, 'declined'),
});
