/**
 * When an alarm is told: once, when it has held for a while, and once more when it has been over for a while.
 *
 * not seen -> seen -> told -> gone -> its end told -> forgotten; one that goes before it is told is forgotten at once. Pure.
 */
import { limits } from '../limits.ts';
import type { Alarm, AlarmKind } from '../status/alarm.ts';
import type { AlarmStep, KnownAlarm } from '../store/ops/alarms.ts';

/** How long an alarm must hold, and how long it must be over, before that is told; and how much is told at most. */
export interface AlarmPace {
  readonly linesPerHourMax: number;
  readonly holdMsOf: (kind: AlarmKind) => number;
  readonly overMsOf: (kind: AlarmKind) => number;
}

const minuteMs = 60_000;

/** Minutes. What passes by itself is given the time to. */
const holdMinutes: Readonly<Record<AlarmKind, number>> = {
  ...{ agent: 2, audit: 0, board: 10, budget: 1, expiry: 1, hold: 1 },
  ...{ model: 5, slack: 5, token: 1, unsent: 1, waiting: 1, worker: 2 },
};

export const usualPace: AlarmPace = {
  linesPerHourMax: limits.alarmLinesPerHourMax,
  holdMsOf: (kind) => holdMinutes[kind] * minuteMs,
  overMsOf: () => limits.alarmOverMinutes * minuteMs,
};

export interface StepFacts {
  readonly alarms: readonly Alarm[];
  readonly known: readonly KnownAlarm[];
  /** How much was told in the last hour. */
  readonly toldInHour: number;
  readonly now: number;
  readonly pace: AlarmPace;
}

export interface AlarmWords {
  begins(alarm: Alarm): string;
  over(alarm: KnownAlarm): string;
  /** That there are so many more. */
  more(count: number): string;
}

/** Those that are there, as they are now. */
function seen({ alarms, known, now }: StepFacts): KnownAlarm[] {
  const before = new Map(known.map((alarm) => [alarm.key, alarm]));
  return alarms.map((alarm) => {
    const { seenAt = now, saidAt, isSummed = false } = before.get(alarm.key) ?? {};
    return { ...alarm, seenAt, isSummed, ...(saidAt === undefined ? {} : { saidAt }) };
  });
}

const isSame = (one: KnownAlarm, other: KnownAlarm | undefined) =>
  other !== undefined &&
  (Object.keys({ ...one, ...other }) as (keyof KnownAlarm)[]).every((key) => one[key] === other[key]);

/** What changes now, and what is told of it. At most `linesPerHourMax` lines an hour, the last of which counts the rest. */
export function alarmStep(facts: StepFacts, words: AlarmWords): AlarmStep {
  const { alarms, known, toldInHour, now, pace } = facts;
  const left = Math.max(0, pace.linesPerHourMax - toldInHour);
  const there = new Set(alarms.map(({ key }) => key));
  const present = seen(facts);
  const due = present.filter(({ saidAt, seenAt, kind }) => saidAt === undefined && now - seenAt >= pace.holdMsOf(kind));
  const alone = due.slice(0, due.length < left ? due.length : Math.max(0, left - 1));
  const summed = left > 0 ? due.slice(alone.length) : [];
  const lines = alone.map(words.begins);
  if (summed.length > 0) lines.push(words.more(summed.length));
  const told = new Map<string, KnownAlarm>();
  for (const alarm of alone) told.set(alarm.key, { ...alarm, saidAt: now });
  for (const alarm of summed) told.set(alarm.key, { ...alarm, saidAt: now, isSummed: true });

  const drop: string[] = [];
  const gone: KnownAlarm[] = [];
  for (const alarm of known.filter(({ key }) => !there.has(key))) {
    const { key, kind, saidAt, goneAt = now, isSummed } = alarm;
    const isOver = now - goneAt >= pace.overMsOf(kind);
    const hasRoom = lines.length < left - 1;
    if (saidAt === undefined || (isOver && (isSummed || hasRoom))) drop.push(key);
    else gone.push({ ...alarm, goneAt });
    if (saidAt !== undefined && isOver && !isSummed && hasRoom) lines.push(words.over(alarm));
  }
  const before = new Map(known.map((alarm) => [alarm.key, alarm]));
  const all = [...present.map((alarm) => told.get(alarm.key) ?? alarm), ...gone];
  return { put: all.filter((alarm) => !isSame(alarm, before.get(alarm.key))), drop, lines };
}
