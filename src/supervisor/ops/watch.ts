/**
 * Watches the platform for those who run it: each minute it looks what is wrong, and tells each thing once in the ops channel.
 *
 * facts -> alarms -> compared with those that are known -> lines, stored -> sent one after the other, the oldest first
 */
import { linkHostsOf } from '../../agents/outside-urls.ts';
import { startLoop } from '../../base/loop.ts';
import { limits } from '../../limits.ts';
import { type AlarmPace, alarmStep, usualPace } from '../../ops/alarm-step.ts';
import { createAlarmWords } from '../../ops/alarm-words.ts';
import { alarmsOf, givesAlarm, toldAfterMs } from '../../ops/alarms.ts';
import { opsChannelOf } from '../../ops/channel.ts';
import { readOverview } from '../../ops/read-overview.ts';
import { isRefusal } from '../../refusal.ts';
import type { Settings } from '../../settings.ts';
import type { Node } from '../node.ts';
import { startForgetting } from '../retention/forgetting.ts';
import { createTell } from './tell.ts';

/** How often it is looked, and how long things must hold. */
export interface WatchPace extends AlarmPace {
  readonly everyMs: number;
}

export interface WatchOptions {
  readonly pace?: WatchPace | undefined;
  /** The address of the dashboard, where there is one. */
  readonly dashboard?: string | undefined;
}

type WatchNode = Pick<Node, 'store' | 'agents' | 'clock' | 'log' | 'onFault'>;

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
const usualWatch: WatchPace = { ...usualPace, everyMs: minuteMs };
const sendPauseMs = 1_000;

/** Looks once; whether there is something to tell. */
async function look(
  { store, agents, clock }: WatchNode,
  { pace, dashboard }: WatchOptions & { pace: WatchPace },
  isTold: boolean,
): Promise<boolean> {
  const now = clock.now();
  const [seen, broken, unsent] = [
    await readOverview({ store, agents }, now, {
      isWanted: (need, facts) => givesAlarm(need, facts, now),
      calmMs: toldAfterMs,
    }),
    await store.audit.verifyNew(limits.auditCheckedMax),
    await store.outbox.failedSince(now - hourMs),
  ];
  const hostsOf = (agentId: string) => {
    const state = agents.get(agentId);
    return state && 'agent' in state ? linkHostsOf(state.agent) : [];
  };
  const facts = {
    alarms: alarmsOf({ ...seen, broken, unsent, now }),
    known: await store.alarms.list(),
    toldInHour: await store.opsLines.since(now - hourMs),
  };
  const step = alarmStep({ ...facts, now, pace }, createAlarmWords({ hostsOf, dashboard }));
  // Without a channel nobody reads them, and who sets one later does not want those of old.
  // Where another node was quicker, the next look goes on from what that one stored.
  const isStored = await store.alarms.store(isTold ? step : { ...step, lines: [] }, facts.known);
  return isStored && isTold && step.lines.length > 0;
}

export function startOpsWatch(node: WatchNode, settings: Settings, options: WatchOptions = {}) {
  const { pace = usualWatch } = options;
  const { store, clock, log } = node;
  const channel = opsChannelOf(settings);
  if (isRefusal(channel)) log.warn(`no alarm is told: ${channel.why}. ${channel.fix}`);
  const stopping = new AbortController();
  // What is said in Slack has links only to where an agent works.
  const dashboard = channel && 'webhook' in channel ? options.dashboard : undefined;
  const tell = isRefusal(channel) || !channel ? undefined : createTell(node, channel, settings, stopping.signal);
  const sends = startLoop({ clock, pauseMs: sendPauseMs, step: async () => tell?.(), onError: node.onFault });
  const looks = startLoop({
    clock,
    pauseMs: pace.everyMs,
    async step() {
      if (await look(node, { pace, dashboard }, tell !== undefined)) sends.poke();
    },
    onError: node.onFault,
  });
  const forget = () => store.opsLines.prune(limits.keptDays * dayMs);
  const prune = startForgetting(node, forget);
  return {
    async stop() {
      stopping.abort(new Error('the platform stops'));
      await Promise.all([looks.stop(), sends.stop(), prune.stop()]);
    },
  };
}
