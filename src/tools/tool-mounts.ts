/**
 * The parts of a workspace that the tool host sees: tools along the ancestry and the agent's own texts, but no secrets and no other
 * agents.
 */
import { lstatSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Agent } from '../agents/agent.ts';
import { assert } from '../base/errors.ts';
import type { Mount } from '../sandbox/layout.ts';

/** The workspace inside: relative paths are the same as outside, so that tools find each other. */
export const workspaceInside = '/workspace';

export const nodeInside = '/opt/node/bin/node';
export const mainInside = '/opt/jvagent/tool-host.mjs';

const ownFiles = ['jvAgent.json', 'CLAUDE.md', 'triage.md', 'heartbeat.md'];
/** Folder names that no agent can have, so none of them is a child agent. */
const ownFolders = ['prompts', 'templates'];

/** The path inside for a file or folder of the workspace. */
export function insideOf(root: string, path: string): string {
  const below = relative(root, path);
  assert(below !== '' && !below.startsWith('..'), `${path} is in the workspace`);
  return join(workspaceInside, below);
}

/** `toolFolders` are the folders that the loader accepted. Links are not shown. */
export function toolHostMounts(root: string, agent: Pick<Agent, 'folder'>, toolFolders: readonly string[]): Mount[] {
  const stat = (name: string) => lstatSync(join(agent.folder, name), { throwIfNoEntry: false });
  const own = [
    ...ownFiles.filter((name) => stat(name)?.isFile()),
    ...ownFolders.filter((name) => stat(name)?.isDirectory()),
  ];
  const shown = [...own.map((name) => join(agent.folder, name)), ...toolFolders];
  return [
    { source: process.execPath, target: nodeInside },
    { source: fileURLToPath(new URL('./tool-host-main.js', import.meta.url)), target: mainInside },
    ...shown.map((source) => ({ source, target: insideOf(root, source) })),
  ];
}
