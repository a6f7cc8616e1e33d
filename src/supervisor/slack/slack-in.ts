/** What comes from Slack to a node: its apps with their connections, and the loop that takes what came to its decision. */
import { type Loop, startLoop } from '../../base/loop.ts';
import { limits } from '../../limits.ts';
import type { Settings } from '../../settings.ts';
import type { Node } from '../node.ts';
import { createObey } from '../people/obey.ts';
import { planPresses } from '../people/plan-presses.ts';
import { proposalPresses } from '../people/proposal-presses.ts';
import { startForgetting } from '../retention/forgetting.ts';
import { createInboxLoop } from './inbox-loop.ts';
import { createLookups } from './lookups.ts';
import { createSlackNode } from './slack-node.ts';
import type { ThreadPart } from './thread-methods.ts';

const dayMs = 86_400_000;

export function createSlackIn(node: Omit<Node, 'broker'>, settings: Settings) {
  const { store, clock } = node;
  let loops: Loop[] = [];
  const slack = createSlackNode(node, settings, () => loops[0]?.poke());
  const lookups = createLookups(() => clock.now());
  const step = createInboxLoop(node, {
    lookups,
    apps: () => slack.ready(),
    obey: createObey(node, (app) => slack.of(app)),
    presses: { ...proposalPresses(node), ...planPresses(node) },
  });

  async function takeAll(): Promise<void> {
    while (await step()) node.poke();
  }

  const thread: ThreadPart = { of: (app) => slack.of(app), lookups };
  return {
    slack,
    /** What the methods of turns need. */
    thread,
    start() {
      const prune = () => store.inbox.prune(limits.slackInboxDays * dayMs);
      loops = [
        startLoop({ clock, pauseMs: limits.changesPollMs, step: takeAll, onError: node.onFault }),
        startForgetting(node, prune),
      ];
      slack.start();
    },
    async stop() {
      await slack.stop();
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
