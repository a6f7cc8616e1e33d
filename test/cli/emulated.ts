/** A workspace with acme against the emulators, no platform, and the command line called on it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { demoFix, demoSource, scriptFor } from '../../emulators/demo-repository/model-script.ts';
import { createEngineer } from '../../emulators/engineer.ts';
import { startEmulators } from '../../emulators/start.ts';
import { type DemoAgent, writeDemoWorkspace } from '../../src/cli/demo/workspace.ts';
import { jvagent } from './fixture.ts';

export async function startEmulated(config: NonNullable<DemoAgent['config']> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'emulated-'));
  const root = join(folder, 'workspace');
  const script = scriptFor(demoFix(), undefined);
  const emulators = await startEmulators({ folder: join(folder, 'code'), source: demoSource, script });
  onTestFinished(async () => {
    await emulators.close();
    rmSync(folder, { recursive: true, force: true });
  });
  writeDemoWorkspace(root, emulators, [{ tenant: 'acme', config }]);
  const model = `ANTHROPIC_API_KEY=sk-no-key-at-all\nANTHROPIC_BASE_URL=${emulators.urls.anthropic}\n`;
  const tokens = 'JVAGENT_API_TOKEN=the-token-that-operates\nJVAGENT_VIEW_TOKEN=the-token-that-looks\n';
  writeFileSync(join(root, '.env'), `JVAGENT_ALLOW_LOOPBACK=1\n${model}${tokens}`, { mode: 0o600 });
  return {
    folder,
    root,
    emulators,
    engineer: createEngineer(emulators, 'acme'),
    run: (...args: string[]) => jvagent('--root', root, ...args),
  };
}
