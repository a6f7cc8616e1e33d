import { expect, test } from 'vitest';
import { createAlarmWords } from '../../src/ops/alarm-words.ts';
import type { KnownAlarm } from '../../src/store/ops/alarms.ts';

const at = Date.UTC(2026, 10, 20, 12);
const alarm: KnownAlarm = {
  ...{ key: 'k', kind: 'token', agentId: 'codechange/acme', workItemId: 12, code: 'OUTSIDE_AUTH' },
  ...{ why: 'it answered 401', fix: 'Replace GIT_TOKEN in codechange/acme/secrets.env.' },
  ...{ since: at, nextLookAt: at + 300_000, seenAt: at, isSummed: false },
};
const dashboard = 'http://127.0.0.1:7460';
const hostsOf = () => ['board.example'];

test('an alarm says whose it is, what is wrong, the fix, since when, the next look and the page of the dashboard', () => {
  const words = createAlarmWords({ hostsOf, dashboard });
  expect(words.begins(alarm).split('\n')).toEqual([
    'codechange/acme, work item 12: OUTSIDE_AUTH: it answered 401.',
    'Replace GIT_TOKEN in codechange/acme/secrets.env.',
    'Since 2026-11-20 12:00 UTC. Next look: 2026-11-20 12:05 UTC.',
    'http://127.0.0.1:7460/items/codechange/acme/12',
  ]);
  expect(words.over(alarm)).toBe('Over: codechange/acme, work item 12: OUTSIDE_AUTH: it answered 401.');
});

test('what is not known is left out, and the platform has no page of its own but the first', () => {
  const { workItemId: _, ...rest } = alarm;
  const bare = { ...rest, agentId: '', code: null, since: null, nextLookAt: null, fix: 'Look.' };
  expect(createAlarmWords({ hostsOf, dashboard }).begins(bare)).toBe(
    `The platform: it answered 401.\nLook.\n${dashboard}/`,
  );
  expect(createAlarmWords({ hostsOf }).begins(bare)).toBe('The platform: it answered 401.\nLook.');
});

test("links lead to the agent's own systems, and to nobody else's", () => {
  const fix = 'Read https://board.example/12, not https://evil.example/12.';
  const said = createAlarmWords({ hostsOf }).begins({ ...alarm, fix });
  expect(said).toContain('https://board.example/12');
  expect(said).not.toContain('https://evil');
});
