/**
 * What a worker process may read and write of this machine's files, as flags of Node's permission model.
 *
 * Our own code, its agent's files and its ancestors', its own folders of the state, and nothing of another agent, no `.env` and
 * no database. It may start programs, git and bubblewrap among them, and use the network; no threads, no add-ons
 * (nodejs.org/api/permissions.html).
 */
import { join } from 'node:path';
import { type AgentId, ancestryOf } from '../../agents/agent-id.ts';
import { real } from '../../agents/work-dirs.ts';
import { opaqueId } from '../../base/opaque-id.ts';
import { treesOf } from '../../checkout/tree-folder.ts';
import { type Refusal, refuse } from '../../refusal.ts';

export interface WorkerPlaces {
  /** The workspace. */
  root: string;
  agentId: AgentId;
  stateFolder: string;
  /** Of this worker alone. */
  runFolder: string;
  /** Folders of the machine that the agent's configuration names for its programs. */
  shown: readonly string[];
  /** Where Node keeps what it made of our sources; all processes of ours share it. */
  compileCache: string | undefined;
}

/** Of an agent and of each of its ancestors. A folder of an agent may hold others, so that none is open as a whole. */
const inherited = ['jvAgent.json', 'CLAUDE.md', 'triage.md', 'heartbeat.md', 'prompts', 'tools'];
const own = ['secrets.env', 'templates'];

const project = join(import.meta.dirname, '../../..');

/** Packages are in the project's own folder, or in one around it where the project is a package itself. */
function ourCode(): string[] {
  const parts = project.split('/');
  const around = parts.map((_, at) => join('/', ...parts.slice(0, at + 1), 'node_modules'));
  return [...around, ...around.map(real), ...['src', 'templates', 'package.json'].map((name) => join(project, name))];
}

/** Files of the workspace that loading an agent reads. */
function agentFiles(root: string, agentId: AgentId): string[] {
  const along = ancestryOf(agentId).flatMap((id) => inherited.map((name) => join(root, id, name)));
  return [...along, join(root, 'tools'), ...own.map((name) => join(root, agentId, name))];
}

/**
 * CONFIG_INVALID where workers would be let into more than their own: Node takes a `*` in a path for any text, and knows no way
 * to write one that is meant.
 */
export function unfitPlace(root: string): Refusal | undefined {
  const path = [root, project, process.execPath].find((place) => place.includes('*'));
  if (path === undefined) return undefined;
  const why = `${path} has a * in its path, with which Node would open other folders to the workers too`;
  return refuse('CONFIG_INVALID', why, 'Rename it, or move the workspace or jvagent to a path without *.');
}

/** Node 25 and later hold back the network too, and say at each start that this may still change. */
const network = () =>
  process.allowedNodeEnvironmentFlags.has('--allow-net')
    ? ['--allow-net', '--disable-warning=ExperimentalWarning']
    : [];

/** A path stands for all below it only while it is a folder at the start; what is made later is named by the second form. */
const withBelow = (path: string) => [path, `${path}/*`];

/** Arguments for Node, before the file that it runs. */
export function permissionFlags(places: WorkerPlaces): string[] {
  const { root, agentId, stateFolder, runFolder, shown, compileCache } = places;
  const ownState = ['repos', 'cache'].map((name) => join(stateFolder, name, opaqueId(agentId)));
  const writable = [runFolder, treesOf(stateFolder, agentId), ...ownState, ...(compileCache ? [compileCache] : [])];
  const written = [...writable.flatMap(withBelow), '/proc/self/fd/*'];
  const read = [
    ...[...ourCode(), ...agentFiles(root, agentId), ...shown].flatMap(withBelow),
    process.execPath,
    '/proc/*',
  ];
  return [
    '--permission',
    '--allow-child-process',
    // Says at each start that programs may be started, to whoever reads the log.
    '--disable-warning=PERM0002',
    ...network(),
    ...[...read, ...written].map((path) => `--allow-fs-read=${path}`),
    ...written.map((path) => `--allow-fs-write=${path}`),
  ];
}
