/** What the broker knows of one agent: which messages it takes, how they find a session, and whom it may write to. */
import type { Agent } from '../agents/agent.ts';
import { type AgentId, isWithin } from '../agents/agent-id.ts';
import type { SessionMapperName } from '../agents/config/config.ts';
import { type Address, formatAddress, type SlackAddress } from './address.ts';
import { matchesPattern } from './pattern.ts';
import { sessionMapperOf } from './session-mapper.ts';

export interface Route {
  readonly agentId: AgentId;
  /** A disabled agent takes only what is addressed to it, which then waits in its session. */
  readonly enabled: boolean;
  readonly sessionMapper: SessionMapperName;
  /** Subscriptions; they count within the agent's own branch only. */
  readonly patterns: readonly string[];
  /** Addresses outside its own branch that it may send to. */
  readonly canMessage: readonly string[];
}

/** The route of a sound agent; its configured Slack channels are addresses that it may send to. */
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

/** Whether a message to `to` reaches the agent: it is its own, or a subscription within its branch takes it. */
export function takes(route: Route, to: Exclude<Address, SlackAddress>): boolean {
  if (to.agentId === route.agentId) return true;
  if (!route.enabled || !isWithin(to.agentId, route.agentId)) return false;
  return route.patterns.some((pattern) => matchesPattern(pattern, formatAddress(to)));
}

/** Whether the agent may send to `to`: its own branch, or what it was given by `canMessage`. */
export function maySendTo(route: Route, to: Address): boolean {
  if (to.kind === 'agent' && isWithin(to.agentId, route.agentId)) return true;
  return route.canMessage.some((pattern) => matchesPattern(pattern, formatAddress(to)));
}
