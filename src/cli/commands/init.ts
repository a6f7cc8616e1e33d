/** `jvagent init`: makes a folder a workspace, with tokens of its own. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { CommandFailure } from '../failure.ts';

const tokenNames = ['JVAGENT_API_TOKEN', 'JVAGENT_VIEW_TOKEN', 'JVAGENT_HOOK_KEY'];

/** None of this may reach a repository in which the workspace is kept. */
const ignored = ['.jvagent/', '*.env'];

function settingsText(): string {
  const tokens = tokenNames.map((name) => `${name}=${randomBytes(32).toString('base64url')}`);
  return [
    '# Settings of the platform. Keep this file to yourself (mode 600).',
    "# The key for the model; an agent's own MODEL_API_KEY wins over it.",
    'ANTHROPIC_API_KEY=',
    '# Who operates by the API, who may only look, and what hooks are signed with.',
    ...tokens,
    '',
  ].join('\n');
}

function init({ print }: Context, dir: string): void {
  const root = resolve(dir);
  const file = join(root, '.env');
  if (existsSync(file)) throw new CommandFailure(`${root} is a workspace already: it has a .env.`);
  mkdirSync(root, { recursive: true });
  writeFileSync(file, settingsText(), { mode: 0o600, flag: 'wx' });
  const gitignore = join(root, '.gitignore');
  if (!existsSync(gitignore)) writeFileSync(gitignore, `${ignored.join('\n')}\n`, { mode: 0o644 });
  print.line(`${root} is a workspace now; its tokens are in .env.`);
  const here = relative(process.cwd(), root);
  const option = here === '' ? '' : ` --root ${here.startsWith('..') ? root : here}`;
  print.line(`Next: jvagent agent add codechange/acme${option}`);
}

export function initCommand(context: Context): Command {
  return new Command('init')
    .description('make a folder a workspace')
    .argument('<dir>', 'the folder; made when missing')
    .action((dir: string) => init(context, dir));
}
