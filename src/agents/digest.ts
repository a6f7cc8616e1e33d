/**
 * The values of an agent that a person has to trust, by name, and their digest, which permits and audit entries contain.
 *
 * configuration + locations + CLAUDE.md texts + prompts + tools -> steering -> digest; `stampOf` detects changed files cheaply.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '../base/digest.ts';
import { entryAt } from '../base/files.ts';
import { type AgentId, ancestryOf } from './agent-id.ts';
import type { AgentConfig } from './config/config.ts';
import { configFileName } from './config/file.ts';
import type { InstructionText } from './instructions.ts';
import type { Locations } from './locations.ts';

interface SteeringSources {
  readonly config: AgentConfig;
  /** The configurations of its ancestors, topmost first. */
  readonly inherited: readonly { agentId: AgentId; config: AgentConfig }[];
  readonly locations: Locations;
  readonly texts: readonly InstructionText[];
  /** Phase prompts and similar texts, by path relative to the workspace. */
  readonly prompts: Readonly<Record<string, string>>;
  /** The sha256 of each tool file, by path relative to the workspace. */
  readonly tools: Readonly<Record<string, string>>;
}

/** Fields of jvAgent.json that need no trust. All others do, including fields that are added later. */
const exempt: ReadonlySet<string> = new Set([
  ...['$schema', 'id', 'name', 'description', 'heartbeat', 'timezone', 'sessionRetentionDays'],
  ...['autoRun.debounceMs', 'autoRun.maxBatchSize'],
]);

/** Blocks that are compared field by field, so that a person sees what changed. */
const blocks: ReadonlySet<string> = new Set(['autoRun', 'devops', 'git', 'instance', 'limits', 'slack']);

function fieldsOf(config: Readonly<Record<string, unknown>>): [string, unknown][] {
  const named = Object.entries(config).flatMap(([name, value]): [string, unknown][] => {
    if (!blocks.has(name)) return [[name, value]];
    return Object.entries(value ?? {}).map(([field, its]) => [`${name}.${field}`, its]);
  });
  return named.filter(([name, value]) => value !== undefined && !exempt.has(name));
}

/** The fields that an agent inherits from an ancestor, besides texts and tools. */
const inheritedFields = ({ agentId, config: { defaultModel, limits } }: SteeringSources['inherited'][number]) =>
  fieldsOf({ defaultModel, limits }).map(([name, value]): [string, unknown] => [`${name} of ${agentId}`, value]);

/** Every value by name, such as `git.branchPrefix` or `CLAUDE.md of codechange`. */
export function steeringOf(sources: SteeringSources): Record<string, string> {
  const { config, inherited, locations, texts, prompts, tools } = sources;
  const places = {
    'devops.organization': locations.organization,
    'devops.project': locations.project,
    'git.remote': locations.remote,
    'instance.url': locations.instanceUrl,
  };
  const fields = new Map([...fieldsOf(config), ...inherited.flatMap(inheritedFields), ...fieldsOf(places)]);
  return {
    ...Object.fromEntries([...fields].map(([name, value]) => [name, canonicalJson(value)])),
    ...Object.fromEntries(texts.map(({ agentId, text }) => [`CLAUDE.md of ${agentId}`, text])),
    ...Object.fromEntries(Object.entries(prompts).map(([file, text]) => [`prompt ${file}`, text])),
    ...Object.fromEntries(Object.entries(tools).map(([file, hash]) => [`tool ${file}`, hash])),
  };
}

function stampOfPath(path: string): string {
  const stat = entryAt(path);
  if (typeof stat === 'string') return stat === 'closed' ? `${path}:closed` : '';
  return `${path}:${stat.ino}:${stat.mode}:${stat.uid}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.nlink}`;
}

/** Changes when the folder is replaced or its permissions change; the files in it have their own stamps. */
function stampOfFolder(path: string): string {
  const stat = entryAt(path);
  return typeof stat === 'string' ? `${path}:${stat}` : `${path}:${stat.ino}:${stat.mode}:${stat.uid}`;
}

function stampsOfFolder(folder: string): string[] {
  let names: string[] = [];
  try {
    names = readdirSync(folder).sort();
  } catch {
    // Missing or not readable: the folder's own stamp shows that.
  }
  return [stampOfPath(folder), ...names.map((name) => stampOfPath(join(folder, name)))];
}

const files = [configFileName, 'CLAUDE.md', 'triage.md', 'heartbeat.md', 'secrets.env'];

/** Changes whenever a file that defines the agent changes. Of secrets.env it uses size and time, never the content. */
export function stampOf(root: string, id: AgentId): string {
  const folders = ['', ...ancestryOf(id)].map((folder) => join(root, folder));
  return sha256(
    folders
      .flatMap((folder, depth) => [
        ...(depth === 0 ? [] : [stampOfFolder(folder), ...files.map((file) => stampOfPath(join(folder, file)))]),
        ...stampsOfFolder(join(folder, 'tools')),
        ...(depth === 0 ? [] : stampsOfFolder(join(folder, 'prompts'))),
      ])
      .join('\n'),
  );
}
