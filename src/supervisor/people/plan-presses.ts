/**
 * The buttons below a plan that waits: what people decide becomes a message to the work item's session, as from the command line.
 *
 * None of them approves: that is a move on the board, by the person themselves.
 */

import { workItemSession } from '../../broker/session-id.ts';
import type { Right } from '../../conversations/gate/person-decision.ts';
import { changesField, planActions, waitingPlan } from '../../conversations/plan-buttons.ts';
import { nameText } from '../../conversations/proposal-text.ts';
import { isRefusal } from '../../refusal.ts';
import { timeText } from '../../work-items/time-text.ts';
import { type Press, type Presses, settled, type TakePress } from '../slack/press.ts';
import { judge, noText, nothing, type PeopleNode, whisper } from './judge.ts';
import { tellAgent } from './tell-agent.ts';

interface PlanDecision {
  readonly right: Right;
  readonly command: 'work.reject' | 'work.cancel';
  /** What was done, before the name of who did it. */
  readonly words: string;
}

const decisions: Readonly<Record<keyof typeof planActions, PlanDecision>> = {
  changes: { right: 'reject', command: 'work.reject', words: 'Changes requested by' },
  reject: { right: 'reject', command: 'work.reject', words: 'Rejected by' },
  stop: { right: 'stop', command: 'work.cancel', words: 'Stopped by' },
};

const placeOf = ({ button: { app, channel, root } }: Press) => ({ app, channel, ...(root === null ? {} : { root }) });

/** Asks for what should change; the filled form comes back as a press of the same button. */
function form(press: Press) {
  const { entry, button } = press;
  const { triggerId = '' } = entry.body;
  const texts = { title: 'Request changes', label: 'What should change in the plan?', field: changesField };
  const what = { kind: 'form', trigger: triggerId, action: button.action, value: button.id, ...texts } as const;
  const key = `form:${entry.eventKey}`;
  return { key, agentId: '', sessionId: '', place: placeOf(press), by: 'platform', what } as const;
}

function decide(node: PeopleNode, name: keyof typeof planActions): TakePress {
  const { right, command, words } = decisions[name];
  return async (press) => {
    const { entry, button, app } = press;
    const { agentId } = button;
    const [workItemId, shown] = [Number(button.body.workItemId), String(button.body.hash)];
    const session = await node.store.sessions.get(agentId, workItemSession(workItemId));
    const { user } = entry;
    const told = (text: string, reason: string) => {
      const wish = whisper(`told:${entry.eventKey}`, placeOf(press), user, text);
      return { outcome: { ...nothing, decision: 'pressed', reason, wishes: [wish] } };
    };
    const act = { action: planActions[name], target: `work item ${workItemId}` };
    const current = waitingPlan(session?.item);
    const wanted = { app, user, agentId, sessionId: workItemSession(workItemId), ...act, right, shown, current };
    const allowed = await judge(node, wanted);
    if (isRefusal(allowed)) return told(noText(allowed), allowed.why);
    const feedback = (entry.body.values[changesField] ?? '').trim();
    if (name === 'changes' && feedback === '') {
      const asked = { decision: 'pressed', reason: 'was asked what should change' };
      return { outcome: { ...nothing, ...asked, wishes: [form(press)] } };
    }
    const { person } = allowed;
    const payload = command === 'work.cancel' ? { workItemId } : { workItemId, hash: shown, feedback };
    await tellAgent(node, { person, agentId, command, payload, key: `press:${button.id}` });
    const line = `**${words}** ${nameText(person)}, ${timeText(node.clock.now())}.`;
    const reason = `${words} ${person}`;
    return { outcome: { ...nothing, decision: 'pressed', reason, ...settled(press, line) } };
  };
}

export const planPresses = (node: PeopleNode): Presses => ({
  [planActions.changes]: decide(node, 'changes'),
  [planActions.reject]: decide(node, 'reject'),
  [planActions.stop]: decide(node, 'stop'),
});
