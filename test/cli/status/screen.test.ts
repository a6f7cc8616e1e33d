/** `status` on a terminal: one screen, on which nothing that needs a person is left out without a word. */
import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { statusScreen } from '../../../src/cli/status/screen.ts';
import type { Entry } from '../../../src/status/overview.ts';
import type { AgentStatus, PlatformStatus } from '../../../src/views/platform-view.ts';
import { createCliWorkspace, findItem } from '../fixture.ts';

const at = Date.UTC(2026, 10, 20, 3, 10);

const entry = (workItemId: number, more: Partial<Entry> = {}): Entry => ({
  agentId: `codechange/${['acme', 'globex', 'initech'][workItemId % 3]}`,
  workItemId,
  title: 'Guard the keys of the map against names that a prototype already has',
  phase: 'executing',
  waitingFor: "the agent's change and its tests on the host",
  code: null,
  why: null,
  fix: null,
  nextLookAt: at,
  since: at,
  ...more,
});

const need = (workItemId: number) => ({
  ...entry(workItemId, { phase: 'plan-ready', nextLookAt: null }),
  why: 'the plan has been waiting for a decision since 2026-11-20 01:00 UTC',
  fix: `Read the plan on https://dev.azure.com/yourorg/AcmeImplementation/_workitems/edit/${workItemId}. To approve it, erin@acme.example.com must set the state to "Approved"; to turn it down, set it to "Rejected".`,
  asked: 'a person',
});

const agent = (id: string, more: Partial<AgentStatus> = {}): AgentStatus => ({
  id,
  state: 'ready',
  lastHeartbeatAt: at,
  nextLookAt: at,
  waiting: 2,
  running: 0,
  usdToday: 1.25,
  ...more,
});

const customers = ['codechange', 'codechange/acme', 'codechange/globex', 'codechange/initech'].map((id) => agent(id));
const numbers = (length: number, from: number) => Array.from({ length }, (_, n) => from + n);

function statusOf(sizes: { needs?: number; waits?: number; running?: number; ended?: number }, agents = customers) {
  const { needs = 0, waits = 0, running = 0, ended = 0 } = sizes;
  const status: PlatformStatus = {
    nodes: [{ pid: 1 }],
    platform: { isUp: true },
    needs: numbers(needs, 100).map(need),
    waits: numbers(waits, 200).map((id) => entry(id)),
    running: numbers(running, 300).map((id) => ({ ...entry(id), log: [], sessionId: `wi-${id}` })),
    ended: numbers(ended, 400).map((id) => entry(id, { phase: 'deployed', waitingFor: null, nextLookAt: null })),
    agents,
  };
  return status;
}

const linesOf = (status: PlatformStatus, screen = { rows: 24, columns: 80 }) =>
  statusScreen(status, screen).map((line) => line.map(({ text }) => text).join(''));

const shownOf = (lines: readonly string[], from: number) =>
  numbers(100, from).filter((id) => lines.some((line) => line.startsWith('  codechange/') && line.includes(` ${id} `)));

test('three customers with ten work items fit into 24 lines of 80 columns, each need with what to do', () => {
  const lines = linesOf(statusOf({ needs: 4, waits: 3, running: 1, ended: 2 }));
  expect(lines.length).toBeLessThan(24);
  expect(lines.filter((line) => stringWidth(line) > 80)).toEqual([]);
  expect(lines.slice(0, 2)).toEqual(['The platform is running.', 'Needs a person: 4']);
  expect(shownOf(lines, 100)).toEqual([100, 101, 102, 103]);
  for (const id of [100, 101, 102, 103]) expect(lines.join('\n')).toContain(`_workitems/edit/${id}.`);
  expect(lines.filter((line) => line.includes(': plan-ready; the plan'))).toHaveLength(4);
  for (const head of ['Waits by itself: 3', 'Running: 1', 'Ended in the last 24 hours: 2'])
    expect(lines.some((line) => line.startsWith(head))).toBe(true);
  expect(lines.at(-5)).toMatch(/^AGENT +STATE +RUNNING +WAITING +TODAY +NEXT LOOK$/);
  expect(lines.at(-4)).toMatch(/^codechange +ready +0 +2 +\$1\.25 +11-20 03:10$/);
});

test('with room for them, all words are said', () => {
  const said = linesOf(statusOf({ needs: 2, waits: 1 }), { rows: 60, columns: 200 }).join('\n');
  expect(said).toContain(need(100).fix);
  expect(said).toContain(need(100).why);
  expect(said).not.toContain('…');
});

test('where nothing needs a person, the first line says so', () => {
  expect(linesOf(statusOf({ waits: 2 }))[0]).toBe('The platform is running. Nothing needs a person.');
});

test('what does not fit is counted, whatever there is, and what needs a person is never all left out', () => {
  const size = fc.nat({ max: 60 });
  const sizes = fc.record({ needs: size, waits: size, running: size, ended: size });
  const many = numbers(40, 0).map((n) => agent(`codechange/customer-${n}`));
  fc.assert(
    fc.property(sizes, fc.constantFrom(customers, many), fc.integer({ min: 20, max: 70 }), (given, agents, rows) => {
      const lines = linesOf(statusOf(given, agents), { rows, columns: 80 });
      expect(lines.length).toBeLessThan(rows);
      const groups = [
        ['Needs a person', given.needs, 100],
        ['Waits by itself', given.waits, 200],
        ['Running', given.running, 300],
        ['Ended in the last 24 hours', given.ended, 400],
      ] as const;
      for (const [head, total, from] of groups) {
        const place = lines.findIndex((line) => line.startsWith(`${head}: ${total}`));
        expect(place >= 0).toBe(total > 0);
        const shown = shownOf(lines, from).length;
        if (total === 0 || shown === total) continue;
        const left = lines.slice(place).find((line) => line.includes('jvagent status --all'));
        expect(left).toMatch(
          shown === 0 ? new RegExp(`^${head}: ${total} `) : new RegExp(`^ {2}… ${total - shown} more`),
        );
        if (from === 100) expect(shown).toBeGreaterThan(0);
      }
    }),
  );
});

test('agents that do not just work are among those that are shown', () => {
  const many = numbers(40, 0).map((n) => agent(`codechange/customer-${n}`, n === 37 ? { state: 'failing' } : {}));
  const lines = linesOf(statusOf({}, many));
  expect(lines.some((line) => /^codechange\/customer-37 +failing/.test(line))).toBe(true);
  expect(lines).toContain('… 34 more agents: jvagent status --all');
});

test('a fix that the first line says is not said again for each item', () => {
  const status = statusOf({ needs: 3 });
  const fix = 'Run `jvagent start`.';
  const needs = status.needs.map((each) => ({ ...each, fix }));
  const lines = linesOf({ ...status, needs, platform: { isUp: false } });
  expect(lines.filter((line) => line.includes(fix))).toEqual([`The platform is not running. ${fix}`]);
});

test('the screen is for terminals: a pipe and --all get everything', async () => {
  const { run, runOn, fill } = createCliWorkspace();
  await fill(findItem);
  const full = (await run('status')).out;
  expect(full).toContain('LAST HEARTBEAT');
  expect((await runOn(80, ['status', '--all'])).out).toBe(full);
  const screen = (await runOn(80, ['status'], true)).out;
  expect(screen).toContain('\u001b[');
  expect(stripVTControlCharacters(screen)).not.toContain('LAST HEARTBEAT');
  expect((await run('status', '--all', '--json')).code).toBe(2);
});
