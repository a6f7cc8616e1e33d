/**
 * What each agent has for itself, and which configuration is trusted, as the state remembers it: written by the platform, and read
 * by every command without opening or changing the state.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Remembered } from '../../agents/agent-store.ts';
import type { ClaimKind } from '../../agents/apart/claims.ts';
import type { Holding } from '../../agents/apart/holdings.ts';
import type { Trusted } from '../../agents/trust.ts';
import { readRegularFile, writeFileWhole } from '../../base/files.ts';
import { lock } from '../database/at-once/locks.ts';
import type { Db, RowOf } from '../database/schema.ts';
import { peekAt } from '../database/sqlite.ts';
import { parsed } from '../rows.ts';

const keyFile = 'holdings.key';
const keyBytes = 32;

/** The key of the hashes of credentials; undefined if this state has none yet. It is never part of a backup. */
export function hashKeyIn(folder: string): Buffer | undefined {
  const read = readRegularFile(join(folder, keyFile), keyBytes);
  return 'bytes' in read && read.bytes.length === keyBytes ? read.bytes : undefined;
}

/** The same; a state without a key gets one. */
export function ensureHashKey(folder: string): Buffer {
  const known = hashKeyIn(folder);
  if (known) return known;
  const made = randomBytes(keyBytes);
  writeFileWhole(join(folder, keyFile), made);
  return made;
}

type TrustedRow = Pick<RowOf<'agents'>, 'agent_id' | 'trusted_digest' | 'trusted_steering'>;

function holdingOf({ kind, key, agent_id, since }: RowOf<'holdings'>): Holding {
  return { kind: kind as ClaimKind, key, agentId: agent_id, since };
}

/** What the state in `folder` remembers now; nothing if there is no state. */
export function rememberedIn(folder: string): Remembered {
  const seen = peekAt(folder, (select) => ({
    held: select<RowOf<'holdings'>>('select * from holdings'),
    agents: select<TrustedRow>('select * from agents where trusted_digest is not null'),
  }));
  return rememberedOf(seen?.held ?? [], seen?.agents ?? []);
}

/** What the rows say. */
function rememberedOf(held: readonly RowOf<'holdings'>[], agents: readonly TrustedRow[]): Remembered {
  const trustedOf = ({ agent_id, trusted_digest, trusted_steering }: TrustedRow): [string, Trusted] => [
    agent_id,
    {
      digest: trusted_digest ?? '',
      // Read only where the digest differs: a workspace can have a thousand agents.
      get steering() {
        return parsed<Trusted['steering']>(trusted_steering) ?? {};
      },
    },
  ];
  return { holdings: held.map(holdingOf), trusted: new Map(agents.map(trustedOf)) };
}

const nameOf = ({ kind, key, agentId }: Holding) => `${agentId} ${kind} ${key}`;

export interface Holdings {
  /** What the state remembers now. */
  remembered(): Promise<Remembered>;
  /** Remembers exactly these. */
  replace(all: readonly Holding[]): Promise<void>;
}

export function createHoldings(db: Db): Holdings {
  return {
    async remembered() {
      const trusted = db.selectFrom('agents').select(['agent_id', 'trusted_digest', 'trusted_steering']);
      const [held, agents] = await Promise.all([
        db.selectFrom('holdings').selectAll().execute(),
        trusted.where('trusted_digest', 'is not', null).execute(),
      ]);
      return rememberedOf(held, agents);
    },
    async replace(all) {
      const stored = async (from: Db) => (await from.selectFrom('holdings').selectAll().execute()).map(holdingOf);
      const named = (some: readonly Holding[]) => some.map(nameOf).sort().join('\n');
      if (named(await stored(db)) === named(all)) return;
      await db.transaction().execute(async (trx) => {
        await lock(trx, 'holdings');
        const wanted = new Set(all.map(nameOf));
        const before = await stored(trx);
        for (const { kind, key, agentId } of before.filter((one) => !wanted.has(nameOf(one)))) {
          const gone = { kind, key, agent_id: agentId };
          await trx
            .deleteFrom('holdings')
            .where((eb) => eb.and(gone))
            .execute();
        }
        const known = new Set(before.map(nameOf));
        for (const { kind, key, agentId, since } of all.filter((one) => !known.has(nameOf(one)))) {
          await trx.insertInto('holdings').values({ kind, key, agent_id: agentId, since }).execute();
        }
      });
    },
  };
}
