/** Runs the live kit of a checkout, a program of its own, without anything of our environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { ownEnvironment } from '../settings.ts';

export interface LiveOptions {
  settings: string;
  yesIMean?: string;
  json?: true;
}

/** Its exit code; undefined where this jvagent came without its tests. The terminal is the kit's, Ctrl-C included. */
export async function runLiveKit(
  project: string,
  { settings, yesIMean, json }: LiveOptions,
): Promise<number | undefined> {
  const kit = join(project, 'test/live/main.ts');
  if (!existsSync(kit)) return undefined;
  const name = yesIMean === undefined ? [] : [`--yes-i-mean=${yesIMean}`];
  const child = spawn(
    process.execPath,
    [kit, `--settings=${resolve(settings)}`, ...name, ...(json ? ['--json'] : [])],
    { env: { ...ownEnvironment(), HOME: homedir() }, stdio: 'inherit' },
  );
  // A terminal sends Ctrl-C to the kit as well, which first removes what it made.
  const wait = () => {};
  const pass = () => void child.kill('SIGTERM');
  process.on('SIGINT', wait);
  process.on('SIGTERM', pass);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code ?? 1;
  } finally {
    process.off('SIGINT', wait);
    process.off('SIGTERM', pass);
  }
}
