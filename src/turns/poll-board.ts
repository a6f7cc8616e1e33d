/** One look at the agent's board: a message for each work item that needs a turn. */
import type { TurnRest } from '../ipc/protocol.ts';
import { isRefusal } from '../refusal.ts';
import { pauses, tryAgainAt } from '../waits.ts';
import type { CodeHost } from '../work-items/code-host.ts';
import { poll } from '../work-items/observe/poll.ts';
import type { BoardTurn } from './item/turn.ts';
import { takes } from './own-items.ts';

/** Only the code host's token says when it expires. */
function expiriesOf({ tokenExpiresAt }: Pick<CodeHost, 'tokenExpiresAt'>) {
  const at = tokenExpiresAt?.();
  if (at === undefined) return {};
  return { tokenExpiries: at === null ? {} : { GIT_TOKEN: at } };
}

/** A board that lacks the area or a state that the agent counts on is not polled. */
export async function pollBoard({
  agent,
  order,
  worker,
  connections,
  supervisor,
  clock,
}: BoardTurn): Promise<TurnRest> {
  // Its findings are for people; nothing here waits for them.
  if (order.checks) worker.lookOutside();
  const refusal = await worker.checkBoard();
  if (refusal) return { until: tryAgainAt(clock.now(), pauses.boardStates), why: refusal };
  const { tracker, repository } = connections;
  const { stateMapping, expediteTag } = agent.devops;
  const { due, ranks, cursor } = await poll({
    tracker,
    mapping: stateMapping,
    takes: (tile) => takes(agent, tile),
    known: order.known,
    cursor: order.cursor,
    targetHead: () => repository.remoteHead(repository.targetBranch),
    ...(expediteTag ? { expediteTag } : {}),
    now: clock.now(),
  });
  if (ranks.length > 0) await supervisor.call('rank', { ranks });
  for (const workItemId of due) {
    const draft = { to: `agent/${agent.id}`, command: 'work.process', payload: { workItemId } };
    const sent = await supervisor.call('publish', { draft });
    // The next poll finds the rest again.
    if (isRefusal(sent) && sent.refused === 'RATE') {
      return { until: tryAgainAt(clock.now(), pauses.inbox), why: sent };
    }
  }
  await supervisor.call('polled', { cursor, ...expiriesOf(connections.codeHost) });
  return {};
}
