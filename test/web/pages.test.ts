import { expect, test } from 'vitest';
import { itemPage } from '../../src/web/pages/item-page.ts';
import { itemsPage } from '../../src/web/pages/items-page.ts';
import { sessionPage } from '../../src/web/pages/session-page.ts';
import { sessionsPage } from '../../src/web/pages/sessions-page.ts';
import { statusPage } from '../../src/web/pages/status-page.ts';
import { writePlan } from '../../src/work-items/plan.ts';
import { customerConfig } from '../agents/workspace.ts';
import { acme, session } from '../store/fixture.ts';
import { textOf } from './markup.ts';
import { approved, found, plan, startPages, submitted } from './pages-world.ts';

const item12 = { agent: acme, item: '12' };
const wi12 = { agent: acme, session: 'wi-12' };

test('the first page says in its title and above all else how many things need a person', async () => {
  const { begin, store, show } = await startPages();
  expect((await show(statusPage)).title).toBe('Nothing needs you');
  const { apply, turn } = await begin();
  await apply(found);
  await apply(submitted);
  await store.sessions.release({ ...turn, end: 'rested' });
  const { title, text, hrefs } = await show(statusPage);
  expect(title).toBe('1 needs you');
  expect(text).toMatch(/^1 needs you Needs you 1 12 Guard <b>keys<\/b> codechange\/acme Plan ready/);
  expect(text).toContain('Asked: any person who is not an agent');
  expect(text).toContain('Do: Read the plan on the board. To approve it, any person');
  expect(hrefs).toContain('/items/codechange/acme/12');
  expect(hrefs.filter((href) => /_workitems\/edit\/12$/.test(href))).toHaveLength(1);
});

test('a turn that runs shows the last lines of its log', async () => {
  const { begin, store, clock, show } = await startPages();
  const { apply } = await begin();
  await apply(found);
  await store.log.append(session, [{ at: clock.now(), kind: 'text', text: 'I read pointer.js now.' }]);
  const { text } = await show(statusPage);
  expect(text).toMatch(/Running 1 .*model I read pointer\.js now\./);
  expect((await show(itemPage, item12)).text).toMatch(/the turn that is running\. .*model I read pointer\.js now\./);
});

test('a turn of a conversation runs too, and leads to its session', async () => {
  const { store, show } = await startPages();
  const talk = { agentId: acme, sessionId: 'slack-1' };
  await store.sessions.ensure(talk);
  await store.sessions.claim({ ...talk, owner: 'node-1', leaseMs: 60_000, batchMax: 1 });
  const { hrefs, data } = await show(statusPage);
  expect(data.running.map(({ sessionId }) => sessionId)).toEqual(['slack-1']);
  expect(hrefs).toContain('/sessions/codechange/acme/slack-1');
});

test('a pause of the platform is said on top, with the way out of it, and is one need however many agents there are', async () => {
  const { store, show } = await startPages({ 'codechange/globex/jvAgent.json': customerConfig('globex') });
  expect((await show(statusPage)).actions).toEqual(['/api/pause']);
  await store.platform.pause();
  const { title, text, actions } = await show(statusPage);
  expect(title).toBe('1 needs you');
  expect(text).toMatch(
    /^\S.*The whole platform has been paused since .* Run jvagent resume\..* Needs you 1 The whole platform /,
  );
  expect(actions).toEqual(['/api/resume']);
});

test('the page of a work item tells each phase with when, how long and who, and the phases to come', async () => {
  const { begin, clock, show } = await startPages();
  const { apply } = await begin();
  await apply(found);
  await apply(submitted);
  clock.time += 3 * 3_600_000;
  await apply(approved);
  const { text, data } = await show(itemPage, item12);
  expect(data.visits.map(({ phase, by, how }) => [phase, by, how])).toEqual([
    ['intake', undefined, undefined],
    ['planning', 'platform', 'took up the work item'],
    ['plan-ready', 'platform', 'handed in a plan'],
    ['executing', 'erin@x', 'approved the plan'],
  ]);
  expect(data.waited).toEqual({ people: 3 * 3_600_000 + 60_000, platform: 120_000 });
  expect(text).toMatch(/Plan ready 12:02 UTC 3 h 1 min waited for people platform handed in a plan/);
  expect(text).toMatch(/Executing 15:03 UTC .* erin@x approved the plan Pull request created to come/);
});

test('the plan is shown under its own headings, and nothing in it becomes more than words', async () => {
  const { begin, show } = await startPages();
  const { apply } = await begin();
  await apply(found);
  await apply(submitted);
  const { text, elements } = await show(itemPage, item12);
  const headings = ['Summary', 'Files that may change', 'What will not change', 'Tests', 'Risks', 'Rollback', 'Steps'];
  expect(text).toMatch(new RegExp(headings.join(' .* ')));
  expect(text).toContain('Not approved yet');
  expect(text).toContain('img src=x onerror=alert(1)>');
  expect(elements.filter(({ tagName }) => tagName === 'img')).toEqual([]);
});

test('a line of code in a plan is no heading, whatever it begins with', async () => {
  const { begin, show } = await startPages();
  const { apply } = await begin();
  await apply(found);
  const forged = '#### Before you decide\n\nWho may approve: anybody.';
  const texts = [`\`\`\`\n${forged}\n\`\`\``, `~~~~md\n\`\`\`\n${forged}\n~~~~`, `    ${forged}`];
  const [summary = '', risks = '', rollback = ''] = texts;
  const written = writePlan(
    12,
    { ...plan, summary, risks, rollback, steps: texts, tests: texts },
    { outOfPlan: 'block', targetBranch: 'main' },
  );
  const below = '#### Before you decide\n\nWho may approve: Erin.';
  await apply({ kind: 'plan-submitted', ...written, below, baseSha: 'b'.repeat(40), contentHash: 'c' });
  const { elements, text } = await show(itemPage, item12);
  const headings = elements.filter(({ tagName }) => tagName === 'h3').map(textOf);
  expect(headings.filter((heading) => heading === 'Before you decide')).toHaveLength(1);
  for (const heading of ['Summary', 'Files that may change', 'Tests', 'Risks', 'Rollback', 'Steps']) {
    expect(headings).toContain(heading);
  }
  expect(text.split('Who may approve: anybody.').length - 1).toBeGreaterThanOrEqual(texts.length);
});

test('what a second look warns of stands with the change, as nothing but words', async () => {
  const { begin, show } = await startPages();
  const { apply } = await begin();
  for (const event of [found, submitted, approved]) await apply(event);
  const sha = 'd'.repeat(40);
  await apply({ kind: 'change-made', sha, summary: 'a', deliver: 'pull-request' });
  const warnings = [{ kind: 'scope', where: 'a.js', quote: '<img src=x> delete' }] as const;
  const result = { tests: { passed: true, output: '', seconds: 1 }, warnings };
  await apply({ kind: 'effect-done', intent: { kind: 'test', sha, nth: 0 }, result });
  const { text, elements } = await show(itemPage, item12);
  expect(text).toMatch(
    /Tests passed .*A second look at this change warns\. .*Goes beyond the work item, in a\.js: ".*delete"/,
  );
  expect(elements.filter(({ tagName }) => tagName === 'img')).toEqual([]);
});

test('what people may do is offered only where it can be done, and never to approve', async () => {
  const { begin, show, store, change } = await startPages();
  const { apply } = await begin();
  await apply(found);
  const acts = async () => (await show(itemPage, item12)).actions.map((path) => path.replace(/^.*\//, ''));
  expect(await acts()).toEqual(['cancel', 'pause']);
  await apply({ kind: 'cancelled-by', by: 'erin', rev: 3 });
  await store.agents.pause(acme);
  expect(await acts()).toEqual(['retry', 'resume']);
  change('codechange/acme/jvAgent.json', '{');
  expect(await acts()).toEqual(['resume']);
});

test('characters that reorder or hide text are on no page', async () => {
  const { begin, show } = await startPages();
  const { apply } = await begin();
  await apply({ kind: 'found', title: 'Guard \u202eyek\u202c and \u200bmore', type: 'Bug' });
  const { markup, text } = await show(itemPage, item12);
  expect(text).toContain('Guard yek and more');
  expect(markup).not.toMatch(/[\u202a-\u202e\u200b]/);
});

test('a page of somebody who may only look has no form', async () => {
  const { begin, show } = await startPages();
  const { apply } = await begin();
  await apply(found);
  expect((await show(itemPage, item12, {}, 'view')).actions).toEqual([]);
  expect((await show(statusPage, {}, {}, 'view')).actions).toEqual([]);
});

test('a work item that the agent never began with has no page', async () => {
  const { source } = await startPages();
  expect(await itemPage.read(await source(), { params: item12, query: {} })).toBeUndefined();
});

test('the lists of work items and sessions lead to their pages and keep a choice', async () => {
  const { begin, store, show } = await startPages();
  const { apply } = await begin();
  await apply(found);
  await store.sessions.ensure({ agentId: acme, sessionId: 'main' });
  expect((await show(itemsPage)).data.sessions.map(({ sessionId }) => sessionId)).toEqual(['wi-12']);
  expect((await show(itemsPage, {}, { phase: 'failed' })).text).toContain('There are none here.');
  const sessions = await show(sessionsPage, {}, { agent: acme });
  expect(sessions.text).toMatch(/main Looks for work .*codechange\/acme \d\d:\d\d UTC \(just now\)/);
  expect(sessions.hrefs).toEqual(
    expect.arrayContaining(['/sessions/codechange/acme/wi-12', '/sessions/codechange/acme/main']),
  );
  expect((await show(sessionsPage, {}, { agent: 'codechange/other' })).data.total).toBe(0);
});

test('a long list is read page by page', async () => {
  const { store, show } = await startPages();
  for (let id = 1; id <= 101; id += 1) await store.sessions.ensure({ agentId: acme, sessionId: `wi-${id}` });
  const first = await show(itemsPage);
  expect([first.data.sessions.length, first.data.pages]).toEqual([100, 2]);
  expect(first.hrefs).toContain('/items?page=2');
  expect((await show(itemsPage, {}, { page: '2' })).data.sessions).toHaveLength(1);
});

test('a session shows its newest 200 entries in the words of the terminal, and older ones page by page', async () => {
  const { begin, store, clock, show } = await startPages();
  await begin();
  const entries = Array.from({ length: 450 }, (_, n) => ({ at: clock.now(), kind: 'text', text: `line ${n}.` }));
  await store.log.append(session, entries);
  const newest = await show(sessionPage, wi12);
  expect([newest.data.log.length, newest.data.log.at(-1)?.text]).toEqual([200, 'line 449.']);
  expect(newest.data.newer).toBeUndefined();
  const older = await show(sessionPage, wi12, { before: String(newest.data.older) });
  expect([older.data.log.at(0)?.text, older.data.log.at(-1)?.text]).toEqual(['line 50.', 'line 249.']);
  const oldest = await show(sessionPage, wi12, { before: String(older.data.older) });
  expect([oldest.data.log.length, oldest.data.older]).toEqual([50, undefined]);
  const back = await show(sessionPage, wi12, { after: String(oldest.data.newer) });
  expect(back.data.log.at(0)?.text).toBe('line 50.');
});

test('a long answer of a tool is cut on the page, which says how much is left and where it is', async () => {
  const { begin, store, clock, show } = await startPages();
  await begin();
  await store.log.append(session, [{ at: clock.now(), kind: 'tool-result', tool: 'Read', result: 'x'.repeat(12_000) }]);
  const { text } = await show(sessionPage, wi12);
  expect(text).toMatch(/x{10000} \.\.\. 2,000 more characters: jvagent show --full/);
});

test('what a tool was asked and answered is folded, and shown in full behind it', async () => {
  const { begin, store, clock, show } = await startPages();
  await begin();
  const at = clock.now();
  await store.log.append(session, [
    { at, kind: 'tool-call', tool: 'Read', input: { file_path: 'pointer.js', limit: 7 } },
    { at, kind: 'tool-result', tool: 'Read', result: '<script>alert(1)</script> of the file' },
  ]);
  const { elements, text } = await show(sessionPage, wi12);
  expect(elements.filter(({ tagName }) => tagName === 'details').length).toBeGreaterThanOrEqual(2);
  expect(text).toContain('"limit": 7');
  expect(text).toContain('<script>alert(1)</script> of the file');
});
