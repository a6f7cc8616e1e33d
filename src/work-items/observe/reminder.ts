/** When people are reminded of a plan that nobody has decided on. */
import { limits } from '../../limits.ts';
import type { LifecycleEvent } from '../lifecycle/events.ts';
import type { WorkItem } from '../work-item.ts';

const hourMs = 3_600_000;

/** The next one, milliseconds since 1970; undefined when there is none to come. */
export function nextReminderAt({ phase, plan }: WorkItem, afterHours: number): number | undefined {
  const reminders = plan?.reminders ?? 0;
  if (phase !== 'plan-ready' || !plan?.posted || plan.stale || reminders >= limits.remindersMax) return undefined;
  return plan.posted.at + (reminders + 1) * afterHours * hourMs;
}

export function reminderDue(item: WorkItem, afterHours: number, now: number): LifecycleEvent | undefined {
  const at = nextReminderAt(item, afterHours);
  if (at === undefined || at > now) return undefined;
  return { kind: 'reminder-due', hours: Math.floor((now - (item.plan?.posted?.at ?? now)) / hourMs) };
}
