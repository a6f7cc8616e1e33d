/**
 * Loads one agent from its files. All faults are collected before the agent is refused.
 *
 * folders -> jvAgent.json along the ancestry -> CLAUDE.md, prompts, tools -> secrets -> locations -> steering -> Agent
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { digestOf, sha256 } from '../base/digest.ts';
import { limits } from '../limits.ts';
import type { Agent } from './agent.ts';
import { type AgentId, ancestryOf } from './agent-id.ts';
import type { StatedAt } from './apart/claims.ts';
import type { AgentConfig } from './config/config.ts';
import { trackerNamesOf } from './config/devops.ts';
import { type ConfigFile, configFileName, readConfigFile } from './config/file.ts';
import { isLoopbackUrl, outsideUrl } from './config/forms.ts';
import { limitsOf } from './config/limits.ts';
import { steeringOf } from './digest.ts';
import { type Fault, fault } from './fault.ts';
import { joinInstructions, readInstructions, triageFile } from './instructions.ts';
import { type Locations, locationsOf } from './locations.ts';
import { modelsOf } from './models-of.ts';
import { codeHostPlaceOf } from './provider.ts';
import { engineSecretFaults } from './secrets/engine-secrets.ts';
import { neededBy, neededByStated } from './secrets/needed.ts';
import { type ReadSecrets, readSecretsOf } from './secrets/secret-faults.ts';
import type { Secrets } from './secrets/secrets.ts';
import { workDirFault } from './work-dirs.ts';
import { folderFault, readWorkspaceFile } from './workspace-file.ts';

interface LoadOptions {
  readonly root: string;
  readonly home: string;
  readonly id: AgentId;
  /** The absolute paths of all agent folders in the workspace. */
  readonly agentFolders: readonly string[];
}

/** An agent with its secrets, and where its files say what it claims. */
interface SoundAgent {
  readonly agent: Agent;
  readonly secrets: Secrets;
  readonly at: StatedAt;
}

type Loaded = SoundAgent | { faults: [Fault, ...Fault[]] };

function namesIn(root: string, folder: string, ending: string): string[] {
  try {
    return readdirSync(join(root, folder)).filter((name) => name.endsWith(ending));
  } catch {
    return [];
  }
}

/** The prompts along the ancestry, by path. */
function readPrompts(root: string, ancestry: readonly AgentId[]): { texts: Record<string, string>; faults: Fault[] } {
  const files = ancestry.flatMap((id) => {
    const prompts = namesIn(root, `${id}/prompts`, '.md').map((name) => `${id}/prompts/${name}`);
    return [`${id}/${triageFile}`, `${id}/heartbeat.md`, ...prompts];
  });
  const reads = files.map((file) => ({ file, ...readWorkspaceFile(root, file, limits.instructionsBytesMax) }));
  return {
    texts: Object.fromEntries(reads.flatMap(({ file, text }) => (text === undefined ? [] : [[file, text]]))),
    faults: [
      ...ancestry.flatMap((id) => folderFault(root, `${id}/prompts`) ?? []),
      ...reads.flatMap((read) => read.fault ?? []),
    ],
  };
}

const toolEndings = ['.js', '.mjs', '.cjs'];

function readTools(root: string, folders: readonly string[]): { hashes: Record<string, string>; faults: Fault[] } {
  const files = folders.flatMap((folder) =>
    toolEndings.flatMap((ending) => namesIn(root, folder, ending).map((name) => join(folder, name))),
  );
  const reads = files.map((file) => ({ file, ...readWorkspaceFile(root, file, limits.toolFileBytesMax) }));
  return {
    hashes: Object.fromEntries(reads.map(({ file, text = '' }) => [file, sha256(text)])),
    faults: [
      ...folders.flatMap((folder) => folderFault(root, folder) ?? []),
      ...reads.flatMap((read) => read.fault ?? []),
    ],
  };
}

/** Faults if the code host's API is unknown or not on the host of the remote: the token could go to the wrong place. */
function codeHostFaults({ config, faultAt }: ConfigFile, locations: Locations): Fault[] {
  if (!config.git || !locations.remote) return [];
  const { apiUrl } = config.git;
  // A mix of emulators and real systems: `checkUrls` refuses that for all addresses.
  if (apiUrl && isLoopbackUrl(apiUrl) !== (URL.canParse(locations.remote) && isLoopbackUrl(locations.remote)))
    return [];
  const where = codeHostPlaceOf({ config, locations });
  return 'why' in where ? [{ ...faultAt(['git', where.field], where.why), fix: where.fix }] : [];
}

/** Faults that show only when the configuration is compared with the secrets and the machine. */
function crossFaults(file: ConfigFile, own: ReadSecrets, places: Locations, options: LoadOptions): Fault[] {
  const { config, faultAt } = file;
  const { secrets } = own;
  const missing = (path: string[], name: string) =>
    faultAt(path, `is missing, and secrets.env does not set ${name} either`);
  const { devops, git, instance } = config;
  const faults = [...own.short(config).faults, ...codeHostFaults(file, places)];
  if (devops && !git) faults.push(faultAt(['devops'], 'needs a git block too: work items are code changes'));
  if (git && !devops) faults.push(faultAt(['git'], 'needs a devops block too: code changes come from a board'));
  const names = devops && trackerNamesOf(devops);
  if (names && !places.organization) faults.push(missing(['devops', 'organization'], names.organization));
  if (names && !places.project) faults.push(missing(['devops', 'project'], names.project));
  if (instance && !places.instanceUrl) faults.push(missing(['instance', 'url'], 'INSTANCE_URL'));
  else if (instance && !outsideUrl.safeParse(places.instanceUrl).success) {
    faults.push(
      fault('SECRETS_KEY', `${options.id}/secrets.env`, 'INSTANCE_URL is not an https url', {
        ...own.placeOf('INSTANCE_URL'),
        fix: 'Write it as https://host/path, without user name or password.',
      }),
    );
  }
  faults.push(...engineSecretFaults(config, secrets).map(({ index, why }) => faultAt(['cliSecrets', index], why)));
  const shown = [
    ...config.workDirs.map((folder, index) => ({ folder, path: ['workDirs', index] })),
    ...config.sandbox.readOnly.map((folder, index) => ({ folder, path: ['sandbox', 'readOnly', index] })),
  ];
  for (const { folder, path } of shown) {
    const why = workDirFault(folder, options);
    if (why !== undefined) faults.push(faultAt(path, why));
  }
  return faults;
}

/**
 * The configurations along the ancestry. A fault in an ancestor's is a fault of the agent too, because its limits are then unknown.
 */
function readConfigs(options: LoadOptions): {
  files: { agentId: AgentId; file: ConfigFile }[];
  faults: Fault[];
  /** What the agent's own file states, if it has faults. */
  stated: unknown;
} {
  const reads = ancestryOf(options.id).map((agentId) => ({
    agentId,
    read: readConfigFile({ ...options, id: agentId }),
  }));
  return {
    files: reads.flatMap(({ agentId, read }) => (read && 'config' in read ? [{ agentId, file: read }] : [])),
    faults: reads.flatMap(({ read }) => (read && 'faults' in read ? read.faults : [])),
    stated: reads.flatMap(({ agentId, read }) =>
      agentId === options.id && read && 'stated' in read ? [read.stated] : [],
    )[0],
  };
}

/** A fault of a file that is not the agent's own says why it stops the agent. */
function inheritedFault(id: AgentId, found: Fault): Fault {
  const isOwn = found.file === id || found.file.startsWith(`${id}/`);
  return isOwn ? found : { ...found, message: `${found.message} (${id} inherits this file)` };
}

/** The agent's kind and its blocks, which were checked before. */
function blocksOf({ devops, git, instance }: AgentConfig, { organization, project, instanceUrl }: Locations) {
  const own = { instance: instance && instanceUrl ? { ...instance, url: instanceUrl } : undefined };
  if (!devops || !git || !organization || !project) return { ...own, kind: 'conversation' } as const;
  return { ...own, kind: 'code-change', devops: { ...devops, organization, project }, git } as const;
}

/** A `triagePrompt` stands for the file that says the same. */
function withTriagePrompts(
  texts: Readonly<Record<string, string>>,
  files: readonly { agentId: AgentId; file: ConfigFile }[],
): Record<string, string> {
  const stated = files.flatMap(({ agentId, file }) => {
    const { triagePrompt } = file.config.autoRun;
    return triagePrompt === undefined ? [] : [[`${agentId}/${triageFile}`, triagePrompt]];
  });
  return { ...Object.fromEntries(stated), ...texts };
}

/** Reads only the agent's ancestry and the workspace's tools; it never opens the secrets of ancestors. */
export function loadAgent(options: LoadOptions): Loaded {
  const { root, id } = options;
  const ancestry = ancestryOf(id);
  const toolFolders = [...ancestry.map((agentId) => `${agentId}/tools`).reverse(), 'tools'];
  const configs = readConfigs(options);
  const instructions = readInstructions(root, id);
  const promptFiles = readPrompts(root, ancestry);
  const tools = readTools(root, toolFolders);
  const secretsFile = readSecretsOf(root, id);
  const { secrets } = secretsFile;
  const own = configs.files.find(({ agentId }) => agentId === id)?.file;
  const locations = own ? locationsOf(own.config, secrets) : {};
  const { model, triageModel, faults: modelFaults } = modelsOf(configs.files.map(({ file }) => file));
  const faults = [
    ...ancestry.flatMap((agentId) => folderFault(root, agentId) ?? []),
    ...configs.faults,
    ...instructions.faults,
    ...promptFiles.faults,
    ...tools.faults,
    ...secretsFile.faults,
    ...modelFaults,
    ...(own ? crossFaults(own, secretsFile, locations, options) : []),
    ...secretsFile.missing(own ? neededBy(own.config) : neededByStated(configs.stated)),
  ];
  const [first, ...rest] = faults.map((each) => inheritedFault(id, each));
  if (first) return { faults: [first, ...rest] };
  if (!own) return { faults: [fault('CONFIG_INVALID', `${id}/${configFileName}`, 'is missing')] };
  const prompts = withTriagePrompts(promptFiles.texts, configs.files);
  const steering = steeringOf({
    config: own.config,
    inherited: configs.files
      .filter(({ agentId }) => agentId !== id)
      .map(({ agentId, file }) => ({ agentId, config: file.config })),
    locations,
    texts: instructions.texts,
    prompts,
    tools: tools.hashes,
  });
  const agent: Agent = {
    ...blocksOf(own.config, locations),
    id,
    folder: join(root, id),
    config: own.config,
    instructions: joinInstructions(instructions.texts),
    prompts,
    ancestry,
    model,
    triageModel,
    ...limitsOf(configs.files.map(({ agentId, file }) => ({ agentId, limits: file.config.limits }))),
    toolFolders: toolFolders.map((folder) => join(root, folder)),
    locations,
    steering,
    digest: digestOf(steering),
  };
  const at: StatedAt = {
    field: own.placeOf,
    secret: secretsFile.placeOf,
  };
  return { agent, secrets, at };
}
