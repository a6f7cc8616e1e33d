/** Reads, right before a message leaves, what its permit depends on: the agent's files, its pause, and whose the thread is. */
import { randomUUID } from 'node:crypto';
import { messageOf, OutsideError } from '../../base/errors.ts';
import { defaultApp } from '../../connectors/slack/apps.ts';
import { permitToSay, type SayGateFacts, type SayWish } from '../../conversations/gate/say-gate.ts';
import { type Refusal, refuse } from '../../refusal.ts';
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
  const { app = defaultApp, channels = [], statusChannel, allowShared = false } = config.slack ?? {};
  const own = statusChannel === undefined ? channels : [...channels, statusChannel];
  return { app, channels: own, allowShared, configDigest, ...(blocked ? { blocked } : {}) };
}

/** `isShared` tells whether another company is in a channel; it throws OutsideError. */
export function createSayPermits(node: PermitNode, isShared: (app: string, channel: string) => Promise<boolean>) {
  const { store, clock } = node;

  /** Nobody else is in a direct message, and where nothing can be asked, nothing can be sent either. */
  async function sharedFact({ by, place: { app, channel } }: SayWish): Promise<boolean | Refusal> {
    if (by === 'platform' || channel.startsWith('D')) return false;
    return isShared(app, channel).catch((error: unknown) => {
      if (!(error instanceof OutsideError)) throw error;
      return refuse('GATE_UNVERIFIABLE', messageOf(error), error.facts.fix);
    });
  }

  return async (wish: SayWish) => {
    const { app, channel, root } = wish.place;
    const thread = root === undefined ? undefined : await store.threads.get({ app, channel, root });
    const agent = await agentFacts(node, wish.agentId);
    const isShared = agent && !agent.allowShared ? await sharedFact(wish) : false;
    const facts = { isShared, ...(agent ? { agent } : {}), ...(thread ? { threadOf: thread.agentId } : {}) };
    return permitToSay(wish, facts, { id: randomUUID(), clock });
  };
}
