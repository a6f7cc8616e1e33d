/** Finds the agents that receive a message, and the session of each that it belongs to. */
import type { AgentId } from '../agents/agent-id.ts';
import { isRefusal, type Refusal } from '../refusal.ts';
import { type AgentAddress, agentOf } from './address.ts';
import type { Message } from './message.ts';
import { type Route, takes } from './route.ts';
import type { SessionId } from './session-id.ts';
import { mapSession } from './session-mapper.ts';

/** One message in one session of one agent. */
export interface Delivery {
  readonly messageId: string;
  readonly agentId: AgentId;
  readonly sessionId: SessionId;
  readonly command: string;
}

function sessionFor(route: Route, message: Message, to: AgentAddress): SessionId | Refusal {
  // A session named in the address belongs to the addressed agent, not to a subscriber.
  const named = to.agentId === route.agentId ? to.sessionId : undefined;
  return named ?? mapSession(route.sessionMapper, message);
}

/** Why an agent that receives a message has no session for it. */
export interface DeliveryFault {
  readonly agentId: AgentId;
  readonly why: Refusal;
}

/** Every receiver has either a delivery or a fault that says why not. */
export function deliver(
  message: Message,
  to: AgentAddress,
  routes: readonly Route[],
): { deliveries: Delivery[]; faults: DeliveryFault[] } {
  const sender = agentOf(message.from);
  const deliveries: Delivery[] = [];
  const faults: DeliveryFault[] = [];
  for (const route of routes) {
    const { agentId } = route;
    // An agent that subscribes to its whole branch is not woken by its own messages to its descendants.
    const hearsItself = agentId === sender && agentId !== to.agentId;
    if (hearsItself || !takes(route, to)) continue;
    const sessionId = sessionFor(route, message, to);
    if (isRefusal(sessionId)) faults.push({ agentId, why: sessionId });
    else deliveries.push({ messageId: message.id, agentId, sessionId, command: message.command });
  }
  return { deliveries, faults };
}
