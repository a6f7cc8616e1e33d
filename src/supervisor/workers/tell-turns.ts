/** Tells a node's running turns what people and messages want of them, by whichever node that came. */
import { messageOf } from '../../base/errors.ts';
import { personCommands } from '../../broker/message.ts';
import { pauseOf } from '../../status/agent-standing.ts';
import { turnKeyOf } from '../../store/fence.ts';
import type { Node } from '../node.ts';
import type { RunningTurn } from '../running-turn.ts';

export function createTellTurns({ store, running, log }: Pick<Node, 'store' | 'running' | 'log'>) {
  /** Once; the turn comes to rest by itself. */
  function interrupt(turn: RunningTurn): void {
    turn.interrupt?.().catch((error: unknown) => log.debug(messageOf(error)));
    delete turn.interrupt;
  }

  return {
    /**
     * Messages for a running turn make it look at its work item again; a person's decision stops it, and so does a person who
     * stops it in Slack.
     */
    async news(): Promise<void> {
      const begun = [...running.values()].filter((turn) => turn.look ?? turn.interrupt);
      for (const { claimId, messages, isStopped } of await store.sessions.news(begun.map(turnKeyOf))) {
        const turn = begun.find((one) => one.claimId === claimId);
        if (!turn) continue;
        const { told = new Set() } = turn;
        turn.told = told;
        const fresh = messages.filter(({ seq }) => !told.has(seq));
        for (const { seq } of fresh) told.add(seq);
        if (isStopped || fresh.some(({ command }) => personCommands.has(command))) interrupt(turn);
        else if (fresh.length > 0) turn.look?.().catch((error: unknown) => log.debug(messageOf(error)));
      }
    },
    /** A pause also stops the engines of running turns; their next permit is refused in any case. */
    async paused(): Promise<void> {
      if (running.size === 0) return;
      const platformPausedAt = await store.platform.pausedAt();
      for (const turn of running.values()) {
        const { agentId } = turn;
        if (!turn.interrupt || !pauseOf(agentId, (await store.agents.get(agentId)).pausedAt, platformPausedAt))
          continue;
        interrupt(turn);
      }
    },
  };
}
