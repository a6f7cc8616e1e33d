/**
 * Weekly stretches without deployments, `Fri 16:00-Mon 06:00 Europe/Berlin`, as a pure function of the time.
 *
 * A stretch is meant in local time: it begins and ends at those minutes of the wall clock, also when summer time changes in it.
 */

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const minuteMs = 60_000;
const dayMinutes = 24 * 60;
const weekMinutes = 7 * dayMinutes;

const freezeForm = /^(\w{3}) (\d\d):(\d\d)-(\w{3}) (\d\d):(\d\d) (\S+)$/;

/** What the clock on the wall there shows, as if it were UTC; milliseconds. */
function localTime(at: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((each) => each.type === type)?.value);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'));
}

/** The moment at which the clock there shows `local`: a first guess is right to the hour, and has the offset of its own time. */
function momentOf(local: number, timezone: string): number {
  const guess = local - (localTime(local, timezone) - local);
  return local - (localTime(guess, timezone) - guess);
}

const minuteOfWeek = (day = '', hour = '', minute = '') =>
  days.indexOf(day) * dayMinutes + Number(hour) * 60 + Number(minute);

/** When the stretch that `at` lies in ends; undefined outside of it. */
function endOf(freeze: string, at: number): number | undefined {
  const [, fromDay, fromHour, fromMinute, toDay, toHour, toMinute, timezone = ''] = freezeForm.exec(freeze) ?? [];
  const local = localTime(at, timezone);
  const now = new Date(local).getUTCDay() * dayMinutes + (local % (dayMinutes * minuteMs)) / minuteMs;
  const from = minuteOfWeek(fromDay, fromHour, fromMinute);
  const length = (minuteOfWeek(toDay, toHour, toMinute) - from + weekMinutes) % weekMinutes || weekMinutes;
  const since = (now - from + weekMinutes) % weekMinutes;
  return since < length ? momentOf(local + (length - since) * minuteMs, timezone) : undefined;
}

/** Until when (milliseconds since 1970) nothing is deployed, through stretches that follow each other; undefined when it may be now. */
export function frozenUntil(freezes: readonly string[], now: number): number | undefined {
  let until: number | undefined;
  // Each stretch can lead into each other one; stretches that fill the week have no end worth looking for.
  for (const _ of freezes) {
    const at = until ?? now;
    const ends = freezes.flatMap((freeze) => endOf(freeze, at) ?? []);
    if (ends.length === 0) break;
    until = Math.max(...ends);
  }
  return until;
}
