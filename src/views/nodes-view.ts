/** The nodes of a platform: which work, and where the files of one differ from those of the others. */
import { isHeardOf, type NodeRecord } from '../store/claims/nodes.ts';
import type { Store } from '../store/database/database.ts';

/** A difference of one node's files from what is trusted or from what most nodes have. */
export interface NodeDifference {
  /** Undefined for `key`, which counts for all of them. */
  readonly agentId?: string | undefined;
  /**
   * `files`: its configuration is not the trusted one, so it claims nothing of this agent. `missing`: it has no such agent. `key`: its
   * JVAGENT_HOOK_KEY is another one, so its secrets cannot be compared.
   */
  readonly what: 'files' | 'secrets' | 'missing' | 'key';
}

/** A node. With SQLite it is the one of this machine, which is known by its process. */
export interface NodeView {
  readonly pid?: number | undefined;
  /** The address of its dashboard, where it is on this machine. */
  readonly url?: string | undefined;
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  /** Whether it takes work: undefined where it is not known. */
  readonly takesWork?: boolean | undefined;
  /** How long ago it was heard of, in milliseconds. */
  readonly silentMs?: number | undefined;
  readonly differs?: readonly NodeDifference[] | undefined;
}

/** The value that most have; of two that are as frequent the first. */
function usual(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function differencesOf(
  node: NodeRecord,
  working: readonly NodeRecord[],
  trusted: ReadonlyMap<string, string>,
): NodeDifference[] {
  const ids = new Set(working.flatMap(({ files }) => Object.keys(files)));
  const keyOf = ({ files }: NodeRecord) => Object.values(files)[0]?.key;
  const hasKey = [undefined, usual(working.map(keyOf))].includes(keyOf(node));
  const ofAgents = [...ids].sort().flatMap((agentId): NodeDifference[] => {
    const own = node.files[agentId];
    if (!own) return [{ agentId, what: 'missing' }];
    const secrets = usual(working.map(({ files }) => files[agentId]?.secrets));
    const expected = trusted.get(agentId) ?? usual(working.map(({ files }) => files[agentId]?.digest));
    return [
      ...(own.digest === expected ? [] : [{ agentId, what: 'files' as const }]),
      ...(own.secrets === secrets || !hasKey ? [] : [{ agentId, what: 'secrets' as const }]),
    ];
  });
  return hasKey ? ofAgents : [{ what: 'key' }, ...ofAgents];
}

const idCharacters = 8;

/** The name of a start of a node among others on machines of the same name; the node prints it as it starts. */
export const fullNodeName = ({ name, owner }: Pick<NodeRecord, 'name' | 'owner'>): string =>
  `${name} ${owner.slice(0, idCharacters)}`;

/** The nodes that told of themselves; none with SQLite. */
export async function readNodes({ nodes, agents }: Pick<Store, 'nodes' | 'agents'>): Promise<NodeView[]> {
  const all = await nodes.list();
  if (all.length === 0) return [];
  const working = all.filter(isHeardOf);
  const records = await agents.list();
  const trusted = new Map(records.flatMap(({ agentId, trusted: one }) => (one ? [[agentId, one.digest]] : [])));
  const isAlone = ({ name }: NodeRecord) => all.filter((other) => other.name === name).length === 1;
  return all.map((node) => {
    const differs = isHeardOf(node) ? differencesOf(node, working, trusted) : [];
    const { version, silentMs, takesWork } = node;
    const name = isAlone(node) ? node.name : fullNodeName(node);
    return { name, version, silentMs, takesWork: takesWork && isHeardOf(node), differs };
  });
}

const differenceWords: Readonly<Record<NodeDifference['what'], (agentId: string) => string>> = {
  files: (agentId) => `its files of ${agentId} are not the trusted ones, so it claims nothing of that agent`,
  secrets: (agentId) => `its secrets.env of ${agentId} is not that of the other nodes: copy the right one to all`,
  missing: (agentId) => `it has no sound agent ${agentId}`,
  key: () =>
    'its JVAGENT_HOOK_KEY is not that of the other nodes: write the same into .env of each, and start it again',
};

const wordsOf = ({ agentId = '', what }: NodeDifference) => differenceWords[what](agentId);

/** How the secrets of a node, or its key, differ from those of the others that work, in words. */
export function secretsTexts(working: readonly NodeRecord[], owner: string): string[] {
  const own = working.find((node) => node.owner === owner);
  const differs = own ? differencesOf(own, working, new Map()) : [];
  return differs.filter(({ what }) => what === 'key' || what === 'secrets').map((one) => `this node: ${wordsOf(one)}`);
}

/** Whether a person should look at it. */
export const isOddNode = ({ takesWork, differs = [] }: NodeView): boolean => takesWork === false || differs.length > 0;

/** A node on one line. */
export function nodeText({ name = 'this machine', version, takesWork, silentMs = 0, differs = [] }: NodeView): string {
  const silent = `has not been heard of for ${Math.round(silentMs / 1_000)} s`;
  const isSilent = !isHeardOf({ silentMs });
  const standing = isSilent ? silent : takesWork === false ? 'takes no work' : 'takes work';
  const all = [standing, ...differs.map(wordsOf)];
  return `${name}${version ? ` (${version})` : ''}: ${all.join('; ')}`;
}
