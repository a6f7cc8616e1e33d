/** Publishes a message as the person at the keyboard; a platform that is not up finds it when it starts. */
import { agentOf } from '../broker/address.ts';
import type { Message, MessageDraft } from '../broker/message.ts';
import type { Context } from './context.ts';
import { failureOf, granted } from './failure.ts';

/** Fails for an agent that would never see it: one that is not there, or is disabled by its faults. */
export async function publish(context: Context, draft: MessageDraft): Promise<Message | undefined> {
  const addressee = agentOf(draft.to);
  const state = addressee === undefined ? undefined : context.agent(addressee);
  if (state && 'refusal' in state) throw failureOf(state.refusal);
  const broker = await context.broker();
  return granted(await broker.publish(draft, { kind: 'person', name: context.person() }));
}
