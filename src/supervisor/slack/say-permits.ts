/** Reads, right before a message leaves, what its permit depends on: the agent's files, its pause, and whose the thread is. */
import { randomUUID } from 'node:crypto';
import { defaultApp } from '../../connectors/slack/apps.ts';
import { permitToSay, type SayGateFacts, type SayWish } from '../../conversations/gate/say-gate.ts';
import { refuse } from '../../refusal.ts';
import { pauseOf } from '../../status/agent-standing.ts';
import type { Node } from '../node.ts';

type PermitNode = Pick<Node, 'store' | 'agents' | 'clock'>;

async function agentFacts({ store, agents }: PermitNode, agentId: string): Promise<SayGateFacts['agent']> {
  const state = agents.get(agentId);
  if (!state || !('agent' in state)) return undefined;
  const { config, digest: configDigest } = state.agent;
  const [{ trusted, pausedAt }, platformPausedAt] = await Promise.all([
    store.agents.get(agentId),
    store.platform.pausedAt(),
  ]);
  const isTrusted = trusted?.digest === configDigest;
  const untrusted = isTrusted ? undefined : refuse('CONFIG_UNTRUSTED', `${agentId}: its configuration changed`);
  const blocked = untrusted ?? pauseOf(agentId, pausedAt, platformPausedAt);
  const { app = defaultApp, channels = [], statusChannel } = config.slack ?? {};
  const own = statusChannel === undefined ? channels : [...channels, statusChannel];
  return { app, channels: own, configDigest, ...(blocked ? { blocked } : {}) };
}

export function createSayPermits(node: PermitNode) {
  const { store, clock } = node;
  return async (wish: SayWish) => {
    const { app, channel, root } = wish.place;
    const thread = root === undefined ? undefined : await store.threads.get({ app, channel, root });
    const agent = await agentFacts(node, wish.agentId);
    const facts = { ...(agent ? { agent } : {}), ...(thread ? { threadOf: thread.agentId } : {}) };
    return permitToSay(wish, facts, { id: randomUUID(), clock });
  };
}
