/** Sends a message as the person at the keyboard. If the platform is not running, it finds the message when it starts. */
import { agentOf } from '../broker/address.ts';
import type { Message, MessageDraft } from '../broker/message.ts';
import type { Context } from './context.ts';
import { failureOf, granted } from './failure.ts';

/** Fails if the agent would never see it, because it does not exist or its faults disable it. */
export async function publish(context: Context, draft: MessageDraft): Promise<Message | undefined> {
  const addressee = agentOf(draft.to);
  const state = addressee === undefined ? undefined : context.agent(addressee);
  if (state && 'refusal' in state) throw failureOf(state.refusal);
  const broker = await context.broker();
  return granted(await broker.publish(draft, { kind: 'person', name: context.person() }));
}
