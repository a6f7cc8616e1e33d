/**
 * A workspace to try the platform in: `emulate --workspace` writes it, and brings it up to date when the emulators start again.
 *
 * The file `emulated.json` marks it and holds the ports, so that the emulators come back at the same addresses.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'jsonc-parser';
import { z } from 'zod';
import { type Emulators, portsOf } from '../../../emulators/start.ts';
import { tenantNames } from '../../../emulators/tenants.ts';
import { entryAt } from '../../base/files.ts';
import { removeFolder } from '../../base/remove-folder.ts';
import { isRefusal, type Refusal, refuse } from '../../refusal.ts';
import { readSettings } from '../../settings.ts';
import { stateFolderOf } from '../../supervisor/nodes/state.ts';
import { findNode } from '../find-node.ts';
import { dashboardTokens, tokenLines } from '../setup/workspace-files.ts';
import { slackLines, statusOf, writeDocsAgent, writeImplAgent, writeImplSecrets } from './slack-agents.ts';
import { type DemoAgent, writeDemoWorkspace, writeSecrets } from './workspace.ts';

export interface TryWorkspace {
  root: string;
  /** Where the emulators listened the last time; undefined for a new workspace. */
  ports: Readonly<Record<string, number>> | undefined;
}

const markSchema = z.object({ ports: z.record(z.string(), z.int().min(1).max(65_535)) });

const markOf = (root: string) => join(root, 'emulated.json');

/** A look every four seconds, so that things move while a person watches. */
const heartbeat = '*/4 * * * * *';

const agentsWith = (testCommand: string): DemoAgent[] =>
  tenantNames.map((tenant) => ({
    tenant,
    testCommand,
    // Ready for review at once: a person presses Merge and nothing else.
    config: { heartbeat, git: { pr: { draft: false } }, slack: statusOf(tenant) },
  }));

const kinds = ['codechange', 'impl'] as const;
const agentFolders = kinds.flatMap((kind) => tenantNames.map((tenant) => join(kind, tenant)));

/** All that is written in a workspace that is there already. */
const writtenAgain = [
  'emulated.json',
  '.env',
  ...kinds,
  ...agentFolders.flatMap((folder) => [folder, join(folder, 'jvAgent.json'), join(folder, 'secrets.env')]),
];

/** Why a workspace of an earlier `emulate` cannot be brought up to date: what would be lost is not of the emulators. */
function whyKept(root: string): Refusal | undefined {
  const fix = 'Name a folder that is new or empty.';
  const settings = readSettings({ env: {}, root });
  if (isRefusal(settings)) return settings;
  if (!settings.allowLoopback) {
    const why = `${root} is used with real systems, because its .env does not set JVAGENT_ALLOW_LOOPBACK=1; its state and secrets would be lost`;
    return refuse('CONFIG_INVALID', why, fix);
  }
  if (settings.databaseUrl !== undefined) {
    const why = `${root} keeps its state in PostgreSQL (DATABASE_URL in its .env), which would still have work items that the new emulators do not`;
    return refuse('CONFIG_INVALID', why, fix);
  }
  const link = writtenAgain.find((file) => {
    const entry = entryAt(join(root, file));
    return typeof entry === 'object' && entry.isSymbolicLink();
  });
  return link === undefined
    ? undefined
    : refuse('CONFIG_INVALID', `${join(root, link)} is a link, and what it leads to would be overwritten`, fix);
}

/**
 * The workspace at `root` if it is empty, missing, or one that an earlier `emulate` wrote; nothing is changed yet. CONFIG_INVALID for
 * any other folder, and for a workspace that has left the emulators. GATE_LEASE while a platform runs on it.
 */
export function findTryWorkspace(root: string): TryWorkspace | Refusal {
  if (!existsSync(root)) return { root, ports: undefined };
  const node = findNode(stateFolderOf(root));
  if (node) {
    const why = `a platform runs on the workspace ${root}${node.pid > 0 ? ` (process ${node.pid})` : ''}, and its work items end with the emulators`;
    return refuse('GATE_LEASE', why, 'Stop it with Ctrl-C, then run this command again.');
  }
  const mark = existsSync(markOf(root)) ? markSchema.safeParse(parse(readFileSync(markOf(root), 'utf8'))) : undefined;
  if (mark?.success) return whyKept(root) ?? { root, ports: mark.data.ports };
  const isEmpty = statSync(root).isDirectory() && readdirSync(root).length === 0;
  if (isEmpty) return { root, ports: undefined };
  const why = `${root} is not empty, and \`jvagent emulate\` did not write it`;
  return refuse('CONFIG_INVALID', why, 'Name a folder that is new or empty.');
}

function settingsText(emulators: Emulators): string {
  return [
    '# Settings of the platform, for the emulators only. Keep this file private (mode 600).',
    '# The scripted model takes any key.',
    'ANTHROPIC_API_KEY=no-key-at-all',
    `ANTHROPIC_BASE_URL=${emulators.urls.anthropic}`,
    '# Outside addresses are emulators on this machine, and no others.',
    'JVAGENT_ALLOW_LOOPBACK=1',
    '# To operate on the dashboard, and to only look: `jvagent open` logs you in.',
    ...tokenLines(dashboardTokens),
    ...slackLines(emulators),
    '',
  ].join('\n');
}

/** The text with the ports of now in place of those of the last time. */
function moved(text: string, before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>): string {
  const ports = new Map(Object.entries(before).map(([name, port]) => [String(port), String(now[name] ?? port)]));
  return text.replace(/(?<=127\.0\.0\.1:)\d+/g, (port) => ports.get(port) ?? port);
}

/** The text with the tokens of now; a line that a person took out stays out. */
function withLines(text: string, lines: readonly string[]): string {
  const ofName = new Map(lines.map((line) => [line.split('=')[0], line]));
  return text.replace(/^([A-Z_]+)=.*$/gm, (line, name: string) => ofName.get(name) ?? line);
}

/**
 * Writes the workspace for emulators that have just started. In one that is there already only addresses and tokens change, and the
 * platform's state goes: it is about work items that no longer exist.
 */
export function writeTryWorkspace({ root, ports }: TryWorkspace, emulators: Emulators, testCommand: string): void {
  const agents = agentsWith(testCommand);
  const now = portsOf(emulators);
  if (ports) {
    removeFolder(stateFolderOf(root));
    for (const file of ['.env', ...agentFolders.map((folder) => join(folder, 'jvAgent.json'))]) {
      const path = join(root, file);
      if (!existsSync(path)) continue;
      const text = moved(readFileSync(path, 'utf8'), ports, now);
      writeFileSync(path, file === '.env' ? withLines(text, slackLines(emulators)) : text);
    }
    for (const agent of agents) {
      const { tenant } = agent;
      if (existsSync(join(root, 'codechange', tenant))) writeSecrets(root, emulators, agent);
      if (existsSync(join(root, 'impl', tenant))) writeImplSecrets(root, emulators, tenant);
    }
  } else {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    writeFileSync(join(root, '.env'), settingsText(emulators), { mode: 0o600 });
    writeFileSync(join(root, '.gitignore'), '.jvagent/\n*.env\n');
    writeDemoWorkspace(root, emulators, agents);
    writeDocsAgent(root);
    for (const tenant of tenantNames) writeImplAgent(root, emulators, tenant);
  }
  writeFileSync(markOf(root), `${JSON.stringify({ ports: now }, null, 2)}\n`, { mode: 0o600 });
}
