/** The files of a new workspace, which belong to no agent: the platform's settings with new tokens, and what git must not hold. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Refusal, refuse } from '../../refusal.ts';
import { envLine } from './secrets-text.ts';
import type { NewFile } from './write-new.ts';

export const dashboardTokens = ['JVAGENT_API_TOKEN', 'JVAGENT_VIEW_TOKEN'] as const;

/** 256 bits. */
export const newToken = (): string => randomBytes(32).toString('base64url');

/** Lines of `.env`, each with a new token. */
export const tokenLines = (names: readonly string[]): string[] => names.map((name) => `${name}=${newToken()}`);

/** What must not get into a repository that holds the workspace. */
const ignored = ['.jvagent/', '*.env'];

export interface WorkspaceFilesOptions {
  readonly root: string;
  readonly modelKey?: string | undefined;
  /** Whether its agents use the emulators. */
  readonly isEmulated?: boolean;
}

/** CONFIG_INVALID for a key that no dotenv file can hold. */
export function workspaceFiles({ root, modelKey, isEmulated }: WorkspaceFilesOptions): NewFile[] | Refusal {
  const keyLine = modelKey === undefined ? '# ANTHROPIC_API_KEY=sk-ant-...' : envLine('ANTHROPIC_API_KEY', modelKey);
  if (keyLine === undefined) return refuse('CONFIG_INVALID', 'ANTHROPIC_API_KEY mixes all kinds of quotes');
  const settings = [
    '# Settings of the platform. Keep this file private (mode 600).',
    "# The key for the model. An agent's own MODEL_API_KEY is used instead, if it has one.",
    keyLine,
    '# Tokens: to operate on the dashboard and through the API, to only look, and the key that hook secrets are made from.',
    ...tokenLines([...dashboardTokens, 'JVAGENT_HOOK_KEY']),
    ...(isEmulated
      ? ['# The agents use the emulators on this machine, and no real system.', 'JVAGENT_ALLOW_LOOPBACK=1']
      : []),
    '',
  ];
  const gitignore = { path: '.gitignore', text: `${ignored.join('\n')}\n`, mode: 0o644 };
  return [
    ...(existsSync(join(root, '.gitignore')) ? [] : [gitignore]),
    { path: '.env', text: settings.join('\n'), mode: 0o600 },
  ];
}
