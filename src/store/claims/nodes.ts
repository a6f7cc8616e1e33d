/** The nodes that share a state, as each tells of itself by the clock that dates leases; one that is silent is forgotten in the end. */
import { hostname } from 'node:os';
import { sql } from 'kysely';
import { limits } from '../../limits.ts';
import type { Db } from '../database/schema.ts';
import type { Words } from '../database/words.ts';

/** What a node has of an agent: keyed hashes and digests, equal where the files are. */
export interface NodeFiles {
  /** The digest of the configuration. */
  readonly digest: string;
  /** The keyed hash of secrets.env; absent without one. */
  readonly secrets?: string | undefined;
  /** The hash of the key that hashes secrets; absent without one. */
  readonly key?: string | undefined;
}

export interface NodeBeat {
  /** Unique for each start. */
  readonly owner: string;
  /** The machine's. */
  readonly name: string;
  readonly version: string;
  /** Whether work is being taken. */
  readonly takesWork: boolean;
  /** By agent id; without agents that are refused. */
  readonly files: Readonly<Record<string, NodeFiles>>;
}

export interface NodeRecord extends NodeBeat {
  /** How long ago it told of itself, in milliseconds. */
  readonly silentMs: number;
}

export interface Nodes {
  /** Also forgets nodes of the same name that are silent. */
  beat(node: NodeBeat): Promise<void>;
  /** Sorted by name. */
  list(): Promise<NodeRecord[]>;
  /** The names of other machines that work and have the agent with this digest. */
  othersWith(agentId: string, digest: string): Promise<string[]>;
  /** The node works no more. */
  leave(owner: string): Promise<void>;
}

const leaseMs = limits.leaseSeconds * 1_000;

/** Whether a node counts as working: it would have told of itself. */
export const isHeardOf = ({ silentMs }: Pick<NodeRecord, 'silentMs'>): boolean => silentMs < leaseMs;

export function createNodes(db: Db, { time }: Words): Nodes {
  async function list(): Promise<NodeRecord[]> {
    const silent = sql<number>`${time()} - seen_at`.as('silent');
    const rows = await db.selectFrom('nodes').selectAll().select(silent).orderBy('name').orderBy('owner').execute();
    return rows.map(({ owner, name, version, takes_work, files, silent: silentMs }) => ({
      ...{ owner, name, version, takesWork: takes_work === 1, silentMs },
      files: JSON.parse(files) as NodeBeat['files'],
    }));
  }
  return {
    async beat({ owner, name, version, takesWork, files }) {
      const told = { name, version, takes_work: takesWork ? 1 : 0, files: JSON.stringify(files), seen_at: time() };
      await db
        .insertInto('nodes')
        .values({ owner, ...told })
        .onConflict((conflict) => conflict.column('owner').doUpdateSet(told))
        .execute();
      const before = (ms: number) => sql<number>`${time()} - ${ms}`;
      await db
        .deleteFrom('nodes')
        .where((eb) =>
          eb.or([
            eb('seen_at', '<', before(limits.nodeHours * 3_600_000)),
            // An earlier start of this machine, which was killed.
            eb.and([eb('name', '=', name), eb('seen_at', '<', before(leaseMs))]),
          ]),
        )
        .execute();
    },
    list,
    async othersWith(agentId, digest) {
      const others = (await list()).filter((node) => node.name !== hostname() && isHeardOf(node));
      return [...new Set(others.flatMap(({ name, files }) => (files[agentId]?.digest === digest ? [name] : [])))];
    },
    async leave(owner) {
      await db.deleteFrom('nodes').where('owner', '=', owner).execute();
    },
  };
}
