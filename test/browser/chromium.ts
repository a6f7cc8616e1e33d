/** A browser as a person has it, with a profile of its own that is removed with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Locator } from 'playwright-core';

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser {
  context: BrowserContext;
  close(): Promise<void>;
}

/** Clicks what leads to another page, and waits until that is there: a click alone returns before. */
export async function follow(link: Locator): Promise<void> {
  const arrived = link.page().waitForEvent('load');
  await link.click();
  await arrived;
}

export async function openBrowser({ hasScript = true } = {}): Promise<Browser> {
  const home = mkdtempSync(join(tmpdir(), 'browser-'));
  const context = await chromium.launchPersistentContext(join(home, 'profile'), {
    executablePath: '/usr/bin/chromium',
    args,
    env: { HOME: home, PATH: '/usr/bin:/bin' },
    javaScriptEnabled: hasScript,
    viewport: { width: 1_280, height: 900 },
  });
  context.setDefaultTimeout(120_000);
  return {
    context,
    async close() {
      await context.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
