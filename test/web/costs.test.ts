/** The page of costs: what each agent and each phase cost by week, as a plot and as a table. */
import { expect, test } from 'vitest';
import { costsPage } from '../../src/web/pages/costs-page.ts';
import { noUsage } from '../store/fixture.ts';
import { attribute, type elementsIn, textOf, within } from './markup.ts';
import { acme, startPages } from './pages-world.ts';

const weekMs = 7 * 86_400_000;
const main = { agentId: acme, sessionId: 'main' };

type Markup = ReturnType<typeof elementsIn>;

const plots = (elements: Markup) =>
  elements
    .filter((one) => one.tagName === 'svg' && attribute(one, 'role') === 'img')
    .map((plot) =>
      within(plot)
        .filter(({ tagName }) => tagName === 'rect')
        .map((bar) => textOf(bar)),
    );

test('each week and each agent has a bar and a cell with the same amount', async () => {
  const { show, store, clock } = await startPages();
  await store.usage.add(main, { ...noUsage, usd: 2, turns: 3 });
  clock.time += weekMs;
  await store.usage.add(main, { ...noUsage, usd: 5, turns: 1 });
  await store.usage.add({ ...main, agentId: 'docs' }, { ...noUsage, usd: 1, turns: 1 });
  const { data, text, elements, title } = await show(costsPage);
  expect(title).toBe('$8.00 in 12 weeks');
  expect([data.weeks.length, ...data.weeks.slice(-2)]).toEqual([12, '2026-11-16', '2026-11-23']);
  expect(data.agents.map(({ name, usd, turns, usdByWeek }) => [name, usd, turns, ...usdByWeek.slice(-2)])).toEqual([
    [acme, 7, 4, 2, 5],
    ['docs', 1, 1, 0, 1],
  ]);
  expect(plots(elements)[0]).toEqual([
    `${acme}, week of 2026-11-16: $2.00`,
    `${acme}, week of 2026-11-23: $5.00`,
    'docs, week of 2026-11-23: $1.00',
  ]);
  expect(text).toMatch(/codechange\/acme +\$7\.00 +4 +\$5\.00 +\$2\.00/);
  expect(text).toContain('$6.00 in the dearest week');
  const tops = elements.flatMap((one) => (attribute(one, 'x')?.endsWith('%') ? (attribute(one, 'y') ?? []) : []));
  // Of 6 dollars in 150 pixels: 2, then 5 with 1 upon them. The names of weeks stand below.
  expect(tops.slice(0, 3)).toEqual(['120.00', '45.00', '20.00']);
});

test('what the model did is told by phase, and what was spent before phases were kept is told apart', async () => {
  const { show, store, sql } = await startPages();
  await store.usage.add({ ...main, sessionId: 'wi-12' }, { ...noUsage, usd: 2 }, 'planning');
  await store.usage.add(main, { ...noUsage, usd: 1 });
  const { data, text } = await show(costsPage);
  expect(data.phases.map(({ name, usd }) => [name, usd])).toEqual([
    ['planning', 2],
    ['conversation', 1],
  ]);
  expect(data.usdWithoutPhase).toBe(0);
  expect(text).toMatch(/By phase and week .*Planning +\$2\.00/);
  sql('delete from phase_usage');
  expect((await show(costsPage)).text).toContain('$3.00 were spent before costs were kept by phase');
});

test('one branch of agents and more weeks can be chosen, and nothing else', async () => {
  const { show, store, clock } = await startPages({ 'codechange/jvAgent.json': { id: 'codechange' } });
  await store.usage.add(main, { ...noUsage, usd: 2 });
  await store.usage.add({ ...main, agentId: 'codechange-two' }, { ...noUsage, usd: 4 });
  const branch = await show(costsPage, {}, { agent: 'codechange' });
  expect(branch.data.agents.map(({ name }) => name)).toEqual([acme]);
  clock.time += 20 * weekMs;
  expect((await show(costsPage)).text).toContain('No turn cost anything in these weeks.');
  expect((await show(costsPage, {}, { weeks: '26' })).data.usd).toBe(6);
  expect((await show(costsPage, {}, { weeks: '100000' })).data.weeks).toHaveLength(12);
});

test('of many agents the dearest have bars of their own, and the others one together', async () => {
  const { show, store } = await startPages();
  for (let n = 1; n <= 102; n += 1) await store.usage.add({ ...main, agentId: `a/${n}` }, { ...noUsage, usd: n });
  const { elements, text } = await show(costsPage);
  expect(plots(elements)[0]).toHaveLength(8);
  expect(plots(elements)[0]?.at(-1)).toMatch(/^95 others, week of /);
  expect(text).toContain('2 more cost less.');
});
