/** A night with the dashboard: what needs a person is found, decided on and followed to its end, with a mouse and with keys alone. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from 'vitest';
import { fix, startWorld, type World } from '../stories/world.ts';
import { type Browser, follow, openBrowser } from './chromium.ts';
import { apiToken, type Dashboard, serveDashboard } from './dashboard.ts';

let world: World;
let browser: Browser;
let dashboard: Dashboard;
let page: Page;
let id: number;
const faults: string[] = [];
const agentId = 'codechange/acme';

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), openBrowser()]);
  dashboard = await serveDashboard(world.supervisor);
  page = await browser.context.newPage();
  page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
  page.on('pageerror', (error) => void faults.push(error.message));
});
afterAll(async () => {
  await browser.close();
  await dashboard.close();
  await world.close();
});
// A fault of the page, such as what its own policy forbids, is one of every test.
afterEach(() => expect(faults.splice(0)).toEqual([]));

const main = () => page.innerText('main');
const at = (path: string) => `${dashboard.url}${path}`;
const pageOf = (workItemId: number) => at(`/items/${agentId}/${workItemId}`);

/** Goes on by the Tab key to what has this text, as somebody without a mouse does. */
async function tabTo(words: string | RegExp): Promise<void> {
  const fits = (text: string) => (typeof words === 'string' ? text === words : words.test(text));
  for (let presses = 0; presses < 80; presses += 1) {
    await page.keyboard.press('Tab');
    if (fits((await page.locator(':focus').first().innerText()).trim())) return;
  }
  throw new Error(`no key leads to ${words}`);
}

test('a token logs in, and without work nothing needs anybody', async () => {
  await page.goto(at('/login'));
  await page.getByLabel('Token').fill(apiToken);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.title()).toBe('Nothing needs you - jvagent');
});

test('a plan that waits comes to the first page by itself, and leads to its text and to the board', async () => {
  id = await world.fileBug();
  await world.until(id, 'plan-ready');
  await expect.poll(() => page.title()).toBe('1 needs you - jvagent');
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toBe('1 needs you');
  const need = page.getByRole('region', { name: /^Needs you/ });
  expect(await need.innerText()).toContain('erin@acme.example.com');
  await need.getByRole('link', { name: `${id} ${fix.workItem.title}` }).click();
  const plan = page.getByRole('region', { name: /^Plan [0-9a-f]{12}$/ });
  expect(await plan.innerText()).toMatch(/Not approved yet[\s\S]*Files that may change[\s\S]*jsonpointer\.js/);
});

test('an approval on the board moves the open page to Deployed, phase by phase, without a touch', async () => {
  const steps = page.getByRole('region', { name: 'Timeline' }).locator('[aria-current=step]');
  expect(await steps.innerText()).toContain('Plan ready');
  const board = await browser.context.newPage();
  await board.goto((await page.getByRole('link', { name: 'Work item on the board' }).getAttribute('href')) ?? '');
  await follow(board.getByRole('button', { name: 'Move to Approved', exact: true }));
  await world.until(id, 'pr-created');
  await expect.poll(() => steps.innerText()).toContain('Pull request created');
  expect(await page.getByRole('region', { name: 'Timeline' }).innerText()).toMatch(
    /Executing[\s\S]*erin@acme\.example\.com approved the plan/,
  );
  await board.goto((await page.getByRole('link', { name: /^Pull request \d/ }).getAttribute('href')) ?? '');
  await follow(board.getByRole('button', { name: 'Ready for review', exact: true }));
  await follow(board.getByRole('button', { name: 'Merge', exact: true }));
  await world.until(id, 'deployed');
  await expect.poll(() => steps.innerText()).toContain('Deployed');
  expect(await page.getByRole('region', { name: 'Change' }).innerText()).toMatch(/Tests passed[\s\S]*Verified/);
  await board.close();
});

test('the change of a merged work item is read line by line, a link away from its page', async () => {
  await page.goto(pageOf(id));
  await page.getByRole('link', { name: 'The change line by line' }).click();
  const file = page.getByRole('region', { name: /jsonpointer\.js$/ }).first();
  await expect.poll(() => file.locator('ins').first().innerText()).toMatch(/^\+/);
  expect(await page.getByRole('link', { name: /^Pull request/ }).count()).toBe(1);
});

test('an agent is paused and resumed by keys alone, and the page says so each time', async () => {
  await page.goto(pageOf(id));
  await tabTo('Skip to the content');
  await page.keyboard.press('Enter');
  for (const [words, after] of [
    ['Pause the agent', `${agentId} is paused`],
    ['Resume the agent', `${agentId} is running again.`],
  ] as const) {
    await tabTo(words);
    await page.keyboard.press('Enter');
    await tabTo(`Yes, ${words.toLowerCase()}`);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.getByRole('status').innerText()).toContain(after);
  }
});

test('the call of a tool is opened by keys in the session, and stays open while the page goes on', async () => {
  await page.goto(pageOf(id));
  await page.getByRole('link', { name: 'Session with every step' }).click();
  const call = page.locator('details', { hasText: /model Read/ }).first();
  await call.locator('summary').focus();
  await page.keyboard.press('Enter');
  expect(await call.locator('pre').innerText()).toContain('file_path');
  await world.supervisor.store.log.append({ agentId, sessionId: `wi-${id}` }, [
    { at: Date.now(), kind: 'text', text: 'A line that was written while somebody read.' },
  ]);
  await expect.poll(main).toContain('A line that was written while somebody read.');
  expect(await call.locator('pre').isVisible()).toBe(true);
});

test('without script every page can be read, and a form works', async () => {
  const plain = await openBrowser({ hasScript: false });
  onTestFinished(() => plain.close());
  const bare = await plain.context.newPage();
  await bare.goto(at('/login'));
  await bare.getByLabel('Token').fill(apiToken);
  await follow(bare.getByRole('button', { name: 'Log in' }));
  await bare.goto(pageOf(id));
  expect(await bare.innerText('main')).toContain('Verified');
  for (const words of ['Pause the agent', 'Resume the agent']) {
    await bare.getByText(words, { exact: true }).click();
    await follow(bare.getByRole('button', { name: `Yes, ${words.toLowerCase()}` }));
  }
  expect(await bare.getByRole('status').innerText()).toBe(`${agentId} is running again.`);
});

const looks = [
  { colorScheme: 'light', width: 1_280 },
  { colorScheme: 'dark', width: 1_280 },
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 360 },
] as const;

test.each(looks)(
  'axe finds no serious fault, and nothing is wider than the screen: $colorScheme, $width',
  async (look) => {
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await page.setViewportSize({ width: look.width, height: 800 });
    await page.goto(at('/'));
    const lists = await page.getByRole('navigation', { name: 'Pages' }).getByRole('link').all();
    const named = await Promise.all(lists.map((link) => link.getAttribute('href')));
    const single = [
      `/items/${agentId}/${id}`,
      `/items/${agentId}/${id}/diff`,
      `/sessions/${agentId}/wi-${id}`,
      `/agents/${agentId}`,
    ];
    for (const path of [...named.map(String), ...single]) {
      await page.goto(at(path));
      const { violations } = await new AxeBuilder({ page }).analyze();
      const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      const told = grave.map((one) => `${one.id}: ${one.nodes.map(({ html }) => html).join(' ')}`);
      const beyond = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      expect({ path, told, beyond: Math.max(0, beyond) }).toEqual({ path, told: [], beyond: 0 });
    }
  },
);

test('a title of one long word leaves the other columns of a list in sight', async () => {
  await page.setViewportSize({ width: 1_280, height: 800 });
  for (const [path, cell] of [
    ['/items', 'tbody th a'],
    ['/sessions', 'tbody td.about'],
  ] as const) {
    await page.goto(at(path));
    const beyond = await page.evaluate<number>(`(() => {
      for (const cell of document.querySelectorAll('${cell}')) cell.textContent = 'W'.repeat(250);
      const table = document.querySelector('.wide');
      return table.textContent.includes('WWW') ? table.scrollWidth - table.clientWidth : NaN;
    })()`);
    expect({ path, beyond }).toEqual({ path, beyond: 0 });
  }
});

test('the choice of an agent with a long id is not wider than a telephone', async () => {
  await page.setViewportSize({ width: 360, height: 800 });
  for (const path of ['/items', '/costs']) {
    await page.goto(at(path));
    const beyond = await page.evaluate<number>(`(() => {
      document.querySelector('select[name=agent]').append(new Option('a'.repeat(90)));
      return document.documentElement.scrollWidth - innerWidth;
    })()`);
    expect({ path, beyond }).toEqual({ path, beyond: 0 });
  }
});
