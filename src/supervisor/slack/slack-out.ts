/** What goes from a node to Slack: the broker's messages and what turns say, sent from the outbox. */
import { linkHostsOf } from '../../agents/outside-urls.ts';
import { startLoop } from '../../base/loop.ts';
import { createRedact } from '../../base/redact.ts';
import { createSend } from '../../connectors/slack/send.ts';
import { createSayPerformer, type Slack } from '../../effects/say-performer.ts';
import { limits } from '../../limits.ts';
import type { Node } from '../node.ts';
import { startForgetting } from '../retention/forgetting.ts';
import { createSayPermits } from './say-permits.ts';
import { createSendLoop } from './send-loop.ts';
import { createSentNotes } from './sent-notes.ts';
import type { ConnectedApp } from './slack-node.ts';
import { takeOutbound } from './take-outbound.ts';
import type { ThreadPart } from './thread-methods.ts';

type OutNode = Pick<Node, 'store' | 'agents' | 'crashPoints' | 'onEntries' | 'clock' | 'log' | 'onFault'>;

/** Writes with an app's own tokens, and lets none of them out. */
function sendOf({ app, clients }: ConnectedApp): Slack {
  const { name, botToken, appToken = '', signingSecret = '' } = app;
  const tokens = { SLACK_BOT_TOKEN: botToken, SLACK_APP_TOKEN: appToken, SLACK_SIGNING_SECRET: signingSecret };
  const redact = createRedact(Object.entries(tokens).map(([name, value]) => ({ name, value })));
  return createSend({ app: name, clients, redact });
}

const dayMs = 24 * 3_600_000;

/** Starts the loop; an app that is not connected sends nothing. */
export async function startSlackOut(node: OutNode, { of, lookups }: ThreadPart) {
  const { store, agents, crashPoints, clock, log } = node;
  await store.outbox.recover();
  const hostsOf = (agentId: string) => {
    const state = agents.get(agentId);
    return state && 'agent' in state ? linkHostsOf(state.agent) : [];
  };
  const isShared = async (app: string, channel: string) => {
    const reads = of(app)?.reads;
    return reads !== undefined && lookups.isShared(app, channel, reads);
  };
  const permit = createSayPermits(node, isShared);
  const slackOf = (app: string) => {
    const connected = of(app);
    return connected && sendOf(connected);
  };
  const perform = createSayPerformer({ ledger: store.outbox, permit, slackOf, hostsOf, crashPoints, clock });
  const sender = createSendLoop({ ...store, perform, onPerformed: createSentNotes(node), clock, log });
  const loop = startLoop({
    clock,
    pauseMs: limits.changesPollMs,
    async step() {
      await takeOutbound(node);
      await sender.step();
    },
    onError: node.onFault,
  });
  const prune = startForgetting(node, () => store.outbox.prune(limits.keptDays * dayMs));
  return {
    poke: () => loop.poke(),
    async stop() {
      await Promise.all([loop.stop(), prune.stop()]);
      await sender.rest();
    },
  };
}
