/** This node among the others: it tells them that it works and which files it has, and learns the same of them. */
import { createHmac } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import about from '../../../package.json' with { type: 'json' };
import type { AgentStore } from '../../agents/agent-store.ts';
import { readRegularFile } from '../../base/files.ts';
import { limits } from '../../limits.ts';
import { isHeardOf, type NodeFiles, type NodeRecord, type Nodes } from '../../store/claims/nodes.ts';
import { secretsTexts } from '../../views/nodes-view.ts';

export interface MembershipOptions {
  readonly nodes: Nodes;
  readonly agents: Pick<AgentStore, 'list'>;
  readonly owner: string;
  readonly root: string;
  /** The same on every node; without it secrets are not compared. */
  readonly key: Buffer | undefined;
}

export interface Membership {
  /** Tells of this node, and learns of the others. Resolves to what is newly wrong with this one, in words. */
  beat(takesWork: boolean): Promise<readonly string[]>;
  /** Whether another node that works has exactly these files of the agent. */
  isElsewhere(agentId: string, digest: string): boolean;
  leave(): Promise<void>;
}

/** SQLite has no other nodes. */
export const aloneWithState: Membership = {
  beat: async () => [],
  isElsewhere: () => false,
  leave: async () => {},
};

/** Comparable only between nodes with the same key, so the key is told by a hash of its own. */
function secretsOf({ root, key }: MembershipOptions, agentId: string): Pick<NodeFiles, 'secrets' | 'key'> {
  if (!key) return {};
  const read = readRegularFile(join(root, agentId, 'secrets.env'), limits.secretsBytesMax);
  const hashOf = (value: Buffer | string) => createHmac('sha256', key).update(value).digest('hex');
  return { key: hashOf('the key of a node'), ...('bytes' in read ? { secrets: hashOf(read.bytes) } : {}) };
}

const sameName = `this node: another node has its name, ${hostname()}: give each machine a name of its own, so that people can tell them apart`;

export function createMembership(options: MembershipOptions): Membership {
  const { nodes, agents, owner } = options;
  let others: readonly NodeRecord[] = [];
  let said: readonly string[] = [];
  /** How long each other node was silent at the last beat; endless for one that has told of itself since it was first seen. */
  let silentMs: ReadonlyMap<string, number> = new Map();
  const filesNow = () =>
    Object.fromEntries(
      agents.list().flatMap((state): [string, NodeFiles][] => {
        if (!('agent' in state)) return [];
        const { id, digest } = state.agent;
        return [[id, { digest, ...secretsOf(options, id) }]];
      }),
    );
  return {
    async beat(takesWork) {
      await nodes.beat({ owner, name: hostname(), version: about.version, takesWork, files: filesNow() });
      const working = (await nodes.list()).filter(isHeardOf);
      others = working.filter((node) => node.owner !== owner);
      const before = said;
      // One that does not tell of itself again is a start of before, which was killed.
      const lives = new Set(others.filter((node) => (silentMs.get(node.owner) ?? -1) >= node.silentMs));
      silentMs = new Map(
        others.map((node) => [node.owner, lives.has(node) ? Number.POSITIVE_INFINITY : node.silentMs]),
      );
      const hasTwin = [...lives].some(({ name }) => name === hostname());
      said = [...secretsTexts(working, owner), ...(hasTwin ? [sameName] : [])];
      return said.filter((text) => !before.includes(text));
    },
    isElsewhere: (agentId, digest) => others.some(({ files }) => files[agentId]?.digest === digest),
    leave: () => nodes.leave(owner),
  };
}
