import { expect, test } from 'vitest';
import { limits } from '../../../src/limits.ts';
import { nextReminderAt, reminderDue } from '../../../src/work-items/observe/reminder.ts';
import { after, executing, planReady, postedAt, postedPlan } from '../fixture.ts';

const hour = 3_600_000;
const reminded = (reminders: number) => ({ ...planReady, plan: { ...postedPlan, reminders } });

test('people are reminded after the first period and each further one, so many times and no more', () => {
  expect(nextReminderAt(planReady, 48)).toBe(postedAt + 48 * hour);
  expect(nextReminderAt(reminded(1), 48)).toBe(postedAt + 96 * hour);
  expect(nextReminderAt(reminded(limits.remindersMax), 48)).toBeUndefined();
});

test('a plan that is not posted, or was decided on, reminds nobody', () => {
  const { posted, ...unposted } = postedPlan;
  expect(nextReminderAt({ ...planReady, plan: unposted }, 48)).toBeUndefined();
  expect(nextReminderAt(executing, 48)).toBeUndefined();
});

test('a reminder is one comment that names nobody, and is counted', () => {
  expect(reminderDue(planReady, 48, postedAt + 48 * hour - 1)).toBeUndefined();
  const due = reminderDue(planReady, 48, postedAt + 50 * hour);
  expect(due).toEqual({ kind: 'reminder-due', hours: 50 });
  const next = after(planReady, due ?? { kind: 'caught-up' });
  expect(next).toMatchObject({ phase: 'plan-ready', plan: { reminders: 1 }, kinds: ['comment'] });
  expect(next.intents[0]).toMatchObject({ text: expect.stringMatching(/50 hours/) });
  expect(JSON.stringify(next.intents)).not.toContain('@');
});
