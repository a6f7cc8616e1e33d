/**
 * Reads one jvAgent.json into a checked configuration, or returns all its faults with their lines.
 *
 * file -> text -> JSON with lines -> schema -> `~` expanded
 */
import { join } from 'node:path';
import { plainIssue } from '../../base/text/plain-issue.ts';
import { limits } from '../../limits.ts';
import type { AgentId } from '../agent-id.ts';
import { type Fault, fault, type Place } from '../fault.ts';
import { readWorkspaceFile } from '../workspace-file.ts';
import { type AgentConfig, agentConfigSchema } from './config.ts';
import { type JsonPath, readJsonText } from './json-lines.ts';

export const configFileName = 'jvAgent.json';

export interface ConfigFile {
  readonly config: AgentConfig;
  /** Where this field is written. */
  placeOf(path: JsonPath): Place;
  /** A fault at a field of this file, for checks that need more than this file. */
  faultAt(path: JsonPath, message: string): Fault;
}

function expandHome(path: string, home: string): string {
  return path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path;
}

function withHome(config: AgentConfig, home: string): AgentConfig {
  const expand = (path: string) => expandHome(path, home);
  const { git, sandbox } = config;
  return {
    ...config,
    workDirs: config.workDirs.map(expand),
    sandbox: { ...sandbox, readOnly: sandbox.readOnly.map(expand) },
    git: git && { ...git, repo: git.repo && expand(git.repo) },
  };
}

function statedId(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
}

/** Returns undefined if the agent has no jvAgent.json; otherwise its configuration, or all its faults (CONFIG_INVALID) and what it states. */
export function readConfigFile(where: {
  root: string;
  home: string;
  id: AgentId;
}): ConfigFile | { faults: Fault[]; stated?: unknown } | undefined {
  const { root, home, id } = where;
  const file = `${id}/${configFileName}`;
  const read = readWorkspaceFile(root, file, limits.configBytesMax);
  if (read.fault) return { faults: [read.fault] };
  if (read.text === undefined) return undefined;
  const json = readJsonText(read.text, limits.configDepthMax);
  const named = (line: number, path: JsonPath): Place => ({ file, line, path: path.map(String).join('.') });
  const placeOf = (path: JsonPath) => named(json.lineOf(path), path);
  const faultAt = (path: JsonPath, message: string) => fault('CONFIG_INVALID', file, message, placeOf(path));
  const faults = json.faults.map(({ line, path, message }) =>
    fault('CONFIG_INVALID', file, message, named(line, path)),
  );
  if (json.value === undefined) return { faults };
  const parsed = agentConfigSchema.safeParse(json.value, { error: plainIssue });
  if (statedId(json.value) !== id) faults.push(faultAt(['id'], `must be '${id}', the path of its folder`));
  if (!parsed.success) {
    const known = new Set(faults.map((found) => found.path));
    const { issues } = parsed.error;
    const found = issues.slice(0, limits.faultsOfFileMax).map((issue) => faultAt(issue.path, issue.message));
    return { faults: [...faults, ...found.filter(({ path }) => !known.has(path))], stated: json.value };
  }
  return faults.length > 0 ? { faults, stated: json.value } : { config: withHome(parsed.data, home), placeOf, faultAt };
}
