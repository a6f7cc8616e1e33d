/** The person at the keyboard as the one who operates the platform. */
import type { Operator } from '../operate/operator.ts';
import type { Context } from './context.ts';

export async function operatorOf(context: Context): Promise<Operator> {
  const [store, broker] = await Promise.all([context.store(), context.broker()]);
  return { store, broker, agents: context.agents(), person: context.person() };
}
