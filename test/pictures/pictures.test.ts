/** Writes the pictures in docs/pictures/: `npx vitest run --project pictures`. */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { brokerOver } from '../../src/supervisor/supervisor.ts';
import { openBrowser } from '../browser/chromium.ts';
import { apiToken, serveDashboard } from '../browser/dashboard.ts';
import { startNight } from './night.ts';

const folder = join(import.meta.dirname, '../../docs/pictures');
const bytesMax = 200_000;

interface Picture {
  name: string;
  path: string;
  colorScheme: 'light' | 'dark';
  width: number;
  height: number;
  before?: (page: Page) => Promise<unknown>;
}

const pictures: readonly Picture[] = [
  { name: 'first-screen', path: '/', colorScheme: 'light', width: 1_100, height: 1_388 },
  { name: 'work-item', path: '/items/codechange/acme/4312', colorScheme: 'light', width: 1_100, height: 1_180 },
  {
    name: 'session',
    path: '/sessions/codechange/globex/wi-874',
    colorScheme: 'dark',
    width: 1_100,
    height: 760,
    before: (page) => page.locator('summary', { hasText: 'refused' }).click(),
  },
  { name: 'phone', path: '/', colorScheme: 'dark', width: 390, height: 844 },
];

test('each picture shows its page and is smaller than 200 kB', async () => {
  const { store, agents, clock, stateFolder } = await startNight();
  const node = {
    store,
    agents,
    broker: brokerOver(store, agents, clock),
    metrics: { text: async () => '', contentType: 'text/plain' },
    isAlive: () => true,
    stateFolder,
  };
  const still = { ...clock, now: () => clock.time, sleep: (_ms: number, signal?: AbortSignal) => untilAborted(signal) };
  const dashboard = await serveDashboard(node, still);
  const browser = await openBrowser();
  mkdirSync(folder, { recursive: true });
  try {
    const page = await browser.context.newPage();
    await page.goto(`${dashboard.url}/login`);
    await page.getByLabel('Token').fill(apiToken);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { level: 1, name: /need/ }).waitFor();
    for (const { name, path, colorScheme, width, height, before } of pictures) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height });
      await page.goto(`${dashboard.url}${path}`);
      await before?.(page);
      const file = join(folder, `${name}.png`);
      await page.screenshot({ path: file });
      expect(statSync(file).size).toBeLessThan(bytesMax);
    }
  } finally {
    await browser.close();
    await dashboard.close();
  }
});

/** Time stands still for whoever waits, until nobody does. */
const untilAborted = (signal?: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
