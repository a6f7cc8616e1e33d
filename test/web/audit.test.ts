/** The page of the audit log: who did what, and up to where the record is known to be whole. */
import { expect, test } from 'vitest';
import type { Alarm } from '../../src/status/alarm.ts';
import { auditPage } from '../../src/web/pages/audit-page.ts';
import { within } from './markup.ts';
import { acme, startPages } from './pages-world.ts';

const globex = 'codechange/globex';
const act = { sessionId: 'wi-12', actor: 'person/erin', action: 'approved', target: 'wi-12', argsDigest: '' };

/** Entries of acme and globex in turn. */
async function written(count: number) {
  const pages = await startPages();
  for (let n = 0; n < count; n += 1) {
    pages.clock.time += 1_000;
    await pages.store.audit.append({ ...act, agentId: n % 2 ? globex : acme, outcome: 'done' });
  }
  return pages;
}

test('each entry reads as at the terminal, the newest first, and leads to its session', async () => {
  const { show, store } = await written(2);
  const hostile = { ...act, agentId: acme, actor: '<b>eve</b>', action: 'push', outcome: 'refused GATE_ACTOR' };
  await store.audit.append(hostile);
  const { text, hrefs, data, elements } = await show(auditPage);
  // Within what folds, keys do not reach a link.
  const folds = elements.filter(({ tagName }) => tagName === 'summary');
  expect(folds.length).toBeGreaterThan(0);
  expect(folds.flatMap(within).filter(({ tagName }) => tagName === 'a')).toEqual([]);
  expect(data.entries.map(({ agentId, seq }) => [agentId, seq])).toEqual([
    [acme, 2],
    [globex, 1],
    [acme, 1],
  ]);
  expect(text).toMatch(/<b>eve<\/b> was refused: push .*GATE_ACTOR.*Fix: .*erin approved the plan/);
  expect(hrefs).toContain('/sessions/codechange/globex/wi-12');
});

test('a long log is read page by page, of one agent and of all, and no entry is left out or comes twice', async () => {
  const { show } = await written(430);
  for (const agent of ['', acme]) {
    const seen: string[] = [];
    let query: Record<string, string> = { agent };
    for (;;) {
      const { data, hrefs } = await show(auditPage, {}, query);
      seen.push(...data.entries.map(({ agentId, seq }) => `${agentId} ${seq}`));
      if (data.older === undefined) break;
      expect(hrefs.some((to) => to.startsWith('/audit?') && to.includes(`before=${data.older}`))).toBe(true);
      query = { agent, before: String(data.older) };
    }
    expect([seen.length, new Set(seen).size]).toEqual(agent ? [215, 215] : [430, 430]);
  }
});

test('it says up to which entry the log was checked, and checks nothing itself', async () => {
  const { show, store, sql } = await written(6);
  const ofAcme = { agent: acme };
  expect((await show(auditPage, {}, ofAcme)).text).toContain('checked up to entry 0 of 3');
  await store.audit.verifyNew(2);
  expect((await show(auditPage, {}, ofAcme)).text).toContain(`Being checked ${acme}: checked up to entry 2 of 3`);
  await store.audit.verifyNew(2);
  const { text, data } = await show(auditPage);
  expect(text).toContain('2 of 2 logs are checked up to their last entry and whole');
  expect(data.chains).toEqual([
    { agentId: acme, entries: 3, checked: 3 },
    { agentId: globex, entries: 3, checked: 3 },
  ]);
  sql(`update audit_entries set actor = 'nobody' where seq = 1`);
  expect((await show(auditPage, {}, ofAcme)).text).toContain(`Whole ${acme}: checked up to entry 3 of 3`);
});

test('a log that the platform found broken is told on top with what to do, until that is over', async () => {
  const { show, store, clock } = await written(4);
  const alarm: Alarm = {
    ...{ key: `audit ${globex}`, kind: 'audit', agentId: globex, code: null, since: null, nextLookAt: null },
    why: `the audit log of ${globex} is broken at entry 2: it was changed after it was written`,
    fix: 'Copy .jvagent/state aside.',
  };
  const known = { ...alarm, seenAt: clock.now(), isSummed: false };
  await store.alarms.store({ put: [known], drop: [], lines: [] });
  const { title, text } = await show(auditPage);
  expect(title).toBe('An audit log is broken');
  expect(text).toMatch(
    /Whether it is whole Broken The audit log of codechange\/globex is broken at entry 2: .* Do: Copy/,
  );
  expect((await show(auditPage, {}, { agent: acme })).title).toBe('Audit log');
  await store.alarms.store({ put: [{ ...known, goneAt: clock.now() }], drop: [], lines: [] });
  expect((await show(auditPage)).title).toBe('Audit log');
});
