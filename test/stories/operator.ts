/** What stories do at the command line, beside the platform that runs. */

import type { TenantName } from '../../emulators/tenants.ts';
import { runCommandLine } from '../../src/cli/program.ts';
import type { Standing } from '../../src/status/item-standing.ts';
import type { World } from './world.ts';

/** What it printed; fails on any other exit code than 0. */
export async function jvagent({ root }: Pick<World, 'root'>, ...args: string[]): Promise<string> {
  let [out, err] = ['', ''];
  const code = await runCommandLine(['--root', root, ...args], {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
  if (code !== 0) throw new Error(`jvagent ${args.join(' ')} ended with ${code}: ${err}`);
  return out;
}

/** Resolves when `explain` gives this code for a work item; all that it says then. */
export async function explained(world: World, workItemId: number, code: string, tenant: TenantName = 'acme') {
  let said: (Standing & { why: string; fix: string }) | undefined;
  const holds = async () => {
    said = JSON.parse(await jvagent(world, 'explain', `codechange/${tenant}`, String(workItemId), '--json'));
    return said?.code === code;
  };
  await world.atRest(`${code} as the reason`, holds, tenant);
  if (!said) throw new Error('what was explained is gone');
  return said;
}
