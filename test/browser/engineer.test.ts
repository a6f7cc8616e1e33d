/** A person takes a work item to Deployed with nothing but a browser. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { projectOf } from '../../emulators/tenants.ts';
import { fix, startWorld, testCommand, type World } from '../stories/world.ts';
import { type Browser, follow, openBrowser } from './chromium.ts';

let world: World;
let browser: Browser;
let page: Page;
const faults: string[] = [];

beforeAll(async () => {
  [world, browser] = await Promise.all([startWorld(), openBrowser()]);
  page = await browser.context.newPage();
  page.on('console', (message) => void (message.type() === 'error' && faults.push(message.text())));
  page.on('pageerror', (error) => void faults.push(error.message));
});
afterAll(async () => {
  await browser.close();
  await world.close();
});

const button = (name: string) => page.getByRole('button', { name, exact: true });
const inBoard = (state: string) => page.getByRole('region', { name: state, exact: true });
const boardUrl = () => `${world.emulators.urls.azureDevOps}/acme/${projectOf('acme')}/_boards`;

async function openItem(state: string): Promise<void> {
  await page.goto(boardUrl());
  await follow(inBoard(state).getByRole('link', { name: fix.workItem.title }));
}

test('a person files an item, reads and approves its plan, merges the pull request, and sees it Deployed', async () => {
  await page.goto(boardUrl());
  await page.getByText('New work item').click();
  await page.getByLabel('Type', { exact: true }).selectOption(fix.workItem.type);
  await page.getByLabel('Title').fill(fix.workItem.title);
  await page.getByLabel('Description').fill(fix.workItem.description);
  await follow(button('Create'));
  const id = Number(/\/edit\/(\d+)$/.exec(page.url())?.[1]);

  await world.until(id, 'plan-ready');
  await openItem('Plan Ready');
  const comments = page.getByRole('article', { name: /^Comment by Agent of Acme/ });
  const plan = comments.filter({ hasText: `Plan for work item ${id}` });
  expect(await plan.innerText()).toContain('jsonpointer.js');
  await follow(button('Move to Approved'));
  expect(await page.getByRole('region', { name: 'State', exact: true }).innerText()).toContain('Approved');

  await world.until(id, 'pr-created');
  await openItem('PR Created');
  await follow(page.getByRole('region', { name: 'Links' }).getByRole('link'));
  expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(fix.workItem.title);
  expect(await page.innerText('main')).toContain(`${testCommand} passed`);
  await follow(button('Ready for review'));
  await follow(button('Merge'));
  expect(await page.innerText('main')).toContain('Merged by erin');

  await world.until(id, 'deployed');
  await page.goto(boardUrl());
  expect(await inBoard('Deployed').innerText()).toContain(fix.workItem.title);
  const tile = await inBoard('Deployed').getByRole('link').boundingBox();
  expect(tile && tile.x + tile.width).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
  expect(faults).toEqual([]);
});
