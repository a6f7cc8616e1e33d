import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runLiveKit } from '../../src/cli/live-tests.ts';

/** A checkout whose kit writes down how it was started, and ends with 3. */
function createCheckout(): string {
  const project = mkdtempSync(join(tmpdir(), 'live-kit-'));
  onTestFinished(() => rmSync(project, { recursive: true, force: true }));
  mkdirSync(join(project, 'test/live'), { recursive: true });
  const kit = `import { writeFileSync } from 'node:fs';
    const { argv, env } = process;
    writeFileSync(new URL('./started.json', import.meta.url), JSON.stringify({ args: argv.slice(2), env }));
    process.exitCode = 3;`;
  writeFileSync(join(project, 'test/live/main.ts'), kit);
  return project;
}

test('the kit gets the settings by their whole path and nothing of our environment, and its exit code is ours', async () => {
  vi.stubEnv('AZDO_PAT', 'of the machine');
  onTestFinished(() => void vi.unstubAllEnvs());
  const project = createCheckout();
  expect(await runLiveKit(project, { settings: 'my.env', yesIMean: 'Acme Live', json: true })).toBe(3);
  const started = JSON.parse(readFileSync(join(project, 'test/live/started.json'), 'utf8'));
  expect(started.args).toEqual([`--settings=${resolve('my.env')}`, '--yes-i-mean=Acme Live', '--json']);
  expect(started.env.PATH).not.toBe('');
  expect(started.env.AZDO_PAT).toBeUndefined();
});

test('a checkout without the kit is told apart from a kit that fails', async () => {
  expect(await runLiveKit('/nowhere', { settings: 'live.env' })).toBeUndefined();
});
