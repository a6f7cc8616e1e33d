/**
 * Which files a worker process may read and write, as flags of Node's permission model.
 *
 * Our own code, the files of its agent and its ancestors, and its own folders of the state; nothing of another agent, no `.env` and
 * no database. It may start programs such as git and bubblewrap, and use the network, but no threads and no add-ons
 * (nodejs.org/api/permissions.html).
 */
import { join } from 'node:path';
import { type AgentId, ancestryOf } from '../../agents/agent-id.ts';
import { real } from '../../agents/work-dirs.ts';
import { preparedTreesOf, treesOf } from '../../checkout/tree-folder.ts';
import { repositoryFolderOf } from '../../git/git-program.ts';
import { type Refusal, refuse } from '../../refusal.ts';

export interface WorkerPlaces {
  /** The workspace. */
  root: string;
  agentId: AgentId;
  stateFolder: string;
  /** This worker's private folder. */
  runFolder: string;
  /** Folders of the machine that the agent's configuration lists for its programs. */
  shown: readonly string[];
  /** Node's cache of compiled sources; all our processes share it. */
  compileCache: string | undefined;
}

/** Files of an agent and of each ancestor. An agent's folder can contain other agents, so it is never open as a whole. */
const inherited = ['jvAgent.json', 'CLAUDE.md', 'triage.md', 'heartbeat.md', 'prompts', 'tools'];
const own = ['secrets.env', 'templates'];

const project = join(import.meta.dirname, '../../..');

/** Packages are in the project's folder, or in a parent folder if the project is a package itself. */
function ourCode(): string[] {
  const parts = project.split('/');
  const around = parts.map((_, at) => join('/', ...parts.slice(0, at + 1), 'node_modules'));
  return [...around, ...around.map(real), ...['src', 'templates', 'package.json'].map((name) => join(project, name))];
}

/** The files of the workspace that are read to load an agent. */
function agentFiles(root: string, agentId: AgentId): string[] {
  const along = ancestryOf(agentId).flatMap((id) => inherited.map((name) => join(root, id, name)));
  return [...along, join(root, 'tools'), ...own.map((name) => join(root, agentId, name))];
}

/**
 * CONFIG_INVALID if workers could read more than their own files: Node treats a `*` in a path as a wildcard, and there is no way
 * to escape it.
 */
export function unfitPlace(root: string): Refusal | undefined {
  const path = [root, project, process.execPath].find((place) => place.includes('*'));
  if (path === undefined) return undefined;
  const why = `${path} has a * in its path, which Node treats as a wildcard: workers could read other folders`;
  return refuse('CONFIG_INVALID', why, 'Rename the folder, or move the workspace or jvagent to a path without *.');
}

/** Node 25 and later restrict the network too, and warn at each start that this may change. */
const network = () =>
  process.allowedNodeEnvironmentFlags.has('--allow-net')
    ? ['--allow-net', '--disable-warning=ExperimentalWarning']
    : [];

/** A path includes its content only if it is a folder at the start; the second form covers a folder that is created later. */
const withBelow = (path: string) => [path, `${path}/*`];

/** The arguments for Node before the file to run. */
export function permissionFlags(places: WorkerPlaces): string[] {
  const { root, agentId, stateFolder, runFolder, shown, compileCache } = places;
  const trees = [treesOf(stateFolder, agentId), preparedTreesOf(stateFolder, agentId)];
  const repository = repositoryFolderOf(stateFolder, agentId);
  const writable = [runFolder, ...trees, repository, ...(compileCache ? [compileCache] : [])];
  const written = [...writable.flatMap(withBelow), '/proc/self/fd/*'];
  const read = [
    ...[...ourCode(), ...agentFiles(root, agentId), ...shown].flatMap(withBelow),
    process.execPath,
    '/proc/*',
  ];
  return [
    '--permission',
    '--allow-child-process',
    // This warning would say at each start that programs may be started.
    '--disable-warning=PERM0002',
    ...network(),
    ...[...read, ...written].map((path) => `--allow-fs-read=${path}`),
    ...written.map((path) => `--allow-fs-write=${path}`),
  ];
}
