/** `jvagent init`: makes a folder a workspace, with new tokens. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Command } from 'commander';
import type { Context } from '../context.ts';
import { CommandFailure } from '../failure.ts';

const tokenNames = ['JVAGENT_API_TOKEN', 'JVAGENT_VIEW_TOKEN', 'JVAGENT_HOOK_KEY'];

/** What must not get into a repository that holds the workspace. */
const ignored = ['.jvagent/', '*.env'];

function settingsText(): string {
  const tokens = tokenNames.map((name) => `${name}=${randomBytes(32).toString('base64url')}`);
  return [
    '# Settings of the platform. Keep this file private (mode 600).',
    "# The key for the model. An agent's own MODEL_API_KEY is used instead, if it has one.",
    '# ANTHROPIC_API_KEY=sk-ant-...',
    '# Tokens: to operate through the API, to only read, and the key that hook secrets are made from.',
    ...tokens,
    '',
  ].join('\n');
}

function init({ print }: Context, dir: string): void {
  const root = resolve(dir);
  const file = join(root, '.env');
  if (existsSync(file)) throw new CommandFailure(`${root} is already a workspace: it has a .env file.`);
  mkdirSync(root, { recursive: true });
  writeFileSync(file, settingsText(), { mode: 0o600, flag: 'wx' });
  const gitignore = join(root, '.gitignore');
  if (!existsSync(gitignore)) writeFileSync(gitignore, `${ignored.join('\n')}\n`, { mode: 0o644 });
  print.line(`Created a workspace in ${root}. Its tokens are in .env.`);
  const here = relative(process.cwd(), root);
  const option = here === '' ? '' : ` --root ${here.startsWith('..') ? root : here}`;
  print.line(`Next: jvagent agent add codechange/acme${option}`);
}

export function initCommand(context: Context): Command {
  return new Command('init')
    .description('create a workspace')
    .argument('<dir>', 'the folder; created if it does not exist')
    .action((dir: string) => init(context, dir));
}
