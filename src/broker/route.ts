/** What the broker knows about an agent: which messages it receives, how they find a session, and where it may write to. */
import type { Agent } from '../agents/agent.ts';
import { type AgentId, isWithin } from '../agents/agent-id.ts';
import type { SessionMapperName } from '../agents/config/config.ts';
import { type Address, formatAddress, type SlackAddress } from './address.ts';
import { matchesPattern } from './pattern.ts';
import { sessionMapperOf } from './session-mapper.ts';

export interface Route {
  readonly agentId: AgentId;
  /** A disabled agent receives only messages addressed to it, and they wait in its session. */
  readonly enabled: boolean;
  readonly sessionMapper: SessionMapperName;
  /** Subscriptions; they apply only within the agent's own branch. */
  readonly patterns: readonly string[];
  /** Addresses outside its own branch that the agent may send to. */
  readonly canMessage: readonly string[];
}

/** The route of a valid agent; it may also send to its configured Slack channels. */
export function routeOf({ id, config }: Agent): Route {
  const { channels = [], statusChannel } = config.slack ?? {};
  const ownChannels = [...channels, ...(statusChannel === undefined ? [] : [statusChannel])];
  return {
    agentId: id,
    enabled: config.autoRun.enabled,
    sessionMapper: sessionMapperOf(config),
    patterns: config.subscriptions.map(({ pattern }) => pattern),
    canMessage: [...config.canMessage, ...ownChannels.map((channel) => `slack/*/${channel}`)],
  };
}

/** Whether the agent receives messages to `to`: it is the agent's own address, or a subscription within its branch matches. */
export function takes(route: Route, to: Exclude<Address, SlackAddress>): boolean {
  if (to.agentId === route.agentId) return true;
  if (!route.enabled || !isWithin(to.agentId, route.agentId)) return false;
  return route.patterns.some((pattern) => matchesPattern(pattern, formatAddress(to)));
}

/** Whether the agent may send to `to`: its own branch, or an address that `canMessage` allows. */
export function maySendTo(route: Route, to: Address): boolean {
  if (to.kind === 'agent' && isWithin(to.agentId, route.agentId)) return true;
  return route.canMessage.some((pattern) => matchesPattern(pattern, formatAddress(to)));
}
