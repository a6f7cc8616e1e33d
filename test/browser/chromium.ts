/** A browser as a person has it, with a profile of its own that is removed with it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

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
