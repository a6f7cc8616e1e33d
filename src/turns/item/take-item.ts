/**
 * One turn of a work item's session: driven from what is stored until it comes to rest.
 *
 * too many broken turns -> given up; else what people asked of it -> drive -> when it is to be looked at by itself
 */
import { isGivenUp } from '../../broker/dying.ts';
import type { TurnRest } from '../../ipc/protocol.ts';
import { isRefusal, refuse } from '../../refusal.ts';
import { pauses, tryAgainAt } from '../../waits.ts';
import { nextTryAt } from '../../work-items/board-move.ts';
import type { LifecycleEvent } from '../../work-items/lifecycle/events.ts';
import { restEvent } from '../../work-items/lifecycle/status.ts';
import { nextReminderAt } from '../../work-items/observe/reminder.ts';
import { isOver } from '../../work-items/phase.ts';
import { newWorkItem, type WorkItem } from '../../work-items/work-item.ts';
import type { LiveTurn } from '../live-turns.ts';
import { warn } from '../turn.ts';
import { restoredEvent } from './catch-up-restored.ts';
import { createDrive, type Drive, type DriveOptions } from './drive-item.ts';
import { requestedEvent } from './person-requests.ts';
import type { ItemTurn } from './turn.ts';

/** Events at which a running engine is stopped at once: people took the item away from it, or ended it. */
const stopping: ReadonlySet<string> = new Set([
  'moved',
  'gone',
  'plan-stale',
  'rejected',
  'merged',
  'pull-request-closed',
]);

/** The Agent SDK and the tools are loaded for the first turn of the engine: a worker that only looks does without them. */
async function loadEngine(turn: ItemTurn): Promise<DriveOptions['engineTurn']> {
  const [{ createTalk }, { runItemTurn }] = await Promise.all([import('../talk/talk.ts'), import('../item-turn.ts')]);
  const talk = createTalk(turn);
  return (item, phase, drive) => runItemTurn(turn, talk, { item, phase, drive });
}

function driveOf(turn: ItemTurn, workItemId: number): Drive {
  const { order, observer, performer, supervisor } = turn;
  let engine: ReturnType<typeof loadEngine> | undefined;
  const drive: Drive = createDrive({
    state: { item: order.item ?? newWorkItem(workItemId, '', ''), openIntents: order.openIntents },
    observer,
    performer,
    apply: async (event) => {
      await shareWork(turn, drive.item(), event);
      return supervisor.call('apply', { event });
    },
    now: turn.clock.now,
    async engineTurn(item, phase, drive) {
      engine ??= loadEngine(turn);
      return (await engine)(item, phase, drive);
    },
  });
  return drive;
}

/** A commit that an event brings into the item is in the state first, so that any node can go on with it. */
async function shareWork(turn: ItemTurn, item: WorkItem, event: LifecycleEvent): Promise<void> {
  if (event.kind !== 'change-made' && event.kind !== 'work-kept') return;
  const refusal = await turn.work.share(item, event.sha);
  if (refusal) await warn(turn, `${refusal.refused}: ${refusal.why}. ${refusal.fix}`);
}

/** What earlier turns left in the state; what cannot be used is missed where it is needed. */
async function bringWork(turn: ItemTurn, item: WorkItem): Promise<void> {
  const refusal = await turn.work.bring(item);
  if (refusal) await warn(turn, `${refusal.refused}: ${refusal.why}`);
}

/** Looks at the item while the engine works on it. */
async function lookAt({ observer, steering }: ItemTurn, drive: Drive, live: LiveTurn): Promise<void> {
  // While our claim or move is running, the tile is still in its old state.
  if (!drive.isSettled()) return;
  const item = drive.item();
  const seen = await observer.observe(item);
  // What was seen of an item that went on meanwhile says nothing about the engine that works on it now.
  if (item === drive.item() && seen && !isRefusal(seen) && stopping.has(seen.kind)) live.abort.abort();
  else await steering.look();
}

/** Until when an item that rests is left alone; a reminder that is due and cannot be given now is not tried at once again. */
function restsUntil({ agent, clock }: ItemTurn, item: WorkItem): Pick<TurnRest, 'until'> {
  const now = clock.now();
  const remindAt = nextReminderAt(item, agent.config.approval.remindAfterHours);
  const reminder = remindAt === undefined ? [] : [remindAt > now ? remindAt : tryAgainAt(now, pauses.reminder)];
  const again = item.phase === 'plan-ready' && item.plan?.stale ? [item.plan.stale.againAt] : [];
  const times = [...reminder, ...again, ...(item.barred ? [nextTryAt(item.barred)] : [])];
  return times.length === 0 ? {} : { until: Math.min(...times) };
}

/** A failed one can be continued; a person who brings back another one starts with fresh files. */
const needsTree = ({ phase }: WorkItem) => !isOver(phase) || phase === 'failed';

export async function takeItem(turn: ItemTurn, workItemId: number, live: LiveTurn): Promise<TurnRest> {
  const { order, clock, worker } = turn;
  const drive = driveOf(turn, workItemId);
  live.look = () => lookAt(turn, drive, live);
  await bringWork(turn, drive.item());
  if (isGivenUp(order, clock.now())) {
    const why = `its turns broke ${order.deaths - 1} times in a row`;
    const ended = await drive.advance({ kind: 'gave-up', refusal: refuse('STALLED', why) });
    if (isRefusal(ended)) return { why: ended };
  }
  for (const message of order.batch) {
    const item = drive.item();
    const asked = (await requestedEvent(turn, message, item)) ?? (await restoredEvent(turn, message, item));
    live.hasActed ||= asked !== undefined;
    if (asked) await drive.advance(asked);
  }
  live.hasActed = true;
  const rest = await drive.toRest();
  const told = restEvent(drive.item(), rest.why);
  if (told) await drive.advance(told);
  if (!needsTree(drive.item())) worker.workspace.drop(order.sessionId);
  return { ...restsUntil(turn, drive.item()), ...rest };
}
