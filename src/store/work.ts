/**
 * The work of sessions that is on no remote yet, so that any node can go on with it.
 *
 * parts, one by one -> kept: from then on these parts count, and earlier ones are gone. Which node's tree is the last turn's stands
 * beside it.
 */
import { assert } from '../base/errors.ts';
import type { Db, RowOf } from './database/schema.ts';
import { mustHold, ofSession, type SessionKey, type TurnKey } from './fence.ts';

/** Commits as one git bundle. */
export interface KeptBundle {
  /** Absent where it was too large for the state: only its place has it. */
  readonly bundle?: string;
  readonly commits: readonly string[];
  readonly bytes: number;
  /** How many parts it has. */
  readonly parts: number;
}

export interface StoredWork extends KeptBundle {
  /** The node whose repository it was made from. */
  readonly place: string;
}

/** A part of a bundle, in base64; the first is 0. */
export interface WorkPart {
  readonly bundle: string;
  readonly part: number;
  readonly content: string;
}

export interface Work {
  /** The name of this node's repositories. */
  readonly place: string;
  of(session: SessionKey): Promise<StoredWork | undefined>;
  /** Whether only another node has commits that the session goes on from. */
  isElsewhere(session: SessionKey): Promise<boolean>;
  /** Stores a part of a bundle that does not count yet. Throws StaleTurnError, like all that writes here. */
  addPart(turn: TurnKey, part: WorkPart): Promise<void>;
  /** Makes this bundle the session's, in place of the one before. All its parts must be stored. */
  keep(turn: TurnKey, bundle: KeptBundle): Promise<void>;
  /** The content of a part; undefined if the bundle is not there any more. */
  part(session: SessionKey, bundle: string, part: number): Promise<string | undefined>;
  /** The tree that the session's last turn worked in; undefined if none did since trees have names. */
  treeOf(session: SessionKey): Promise<string | undefined>;
  setTree(turn: TurnKey, tree: string): Promise<void>;
  /** Deletes what was kept of sessions that ended more than `ms` ago, by the state's own time. */
  dropOld(ms: number): Promise<void>;
}

function workOf({ bundle, commits, bytes, parts, place }: RowOf<'work_bundles'>): StoredWork {
  return { ...(bundle === null ? {} : { bundle }), commits: JSON.parse(commits) as string[], bytes, parts, place };
}

/** Deletes the work of a session, in the transaction that ends its need. */
export async function dropWork(trx: Db, session: SessionKey): Promise<void> {
  for (const table of ['work_parts', 'work_bundles'] as const) {
    await trx
      .deleteFrom(table)
      .where((eb) => eb.and(ofSession(session)))
      .execute();
  }
}

async function keep(trx: Db, place: string, turn: TurnKey, { bundle, commits, bytes, parts }: KeptBundle) {
  const held = trx.selectFrom('work_parts').where((eb) => eb.and({ ...ofSession(turn), bundle: bundle ?? '' }));
  const { count } = await held.select((eb) => eb.fn.countAll().as('count')).executeTakeFirstOrThrow();
  assert(Number(count) === parts, `bundle ${bundle} has ${count} of its ${parts} parts`);
  const others = trx.deleteFrom('work_parts').where((eb) => eb.and(ofSession(turn)));
  await (bundle === undefined ? others : others.where('bundle', '!=', bundle)).execute();
  const row = { bundle: bundle ?? null, commits: JSON.stringify(commits), bytes, parts, place };
  await trx
    .insertInto('work_bundles')
    .values({ ...ofSession(turn), ...row })
    .onConflict((conflict) => conflict.columns(['agent_id', 'session_id']).doUpdateSet(row))
    .execute();
}

/** `place` names the node whose repositories these are. */
export function createWork(db: Db, now: () => number, place: string): Work {
  const inTurn = (turn: TurnKey, write: (trx: Db) => Promise<unknown>): Promise<void> =>
    db.transaction().execute(async (trx) => {
      await mustHold(trx, turn, now());
      await write(trx);
    });
  return {
    place,
    async of(session) {
      const rows = db.selectFrom('work_bundles').selectAll();
      const row = await rows.where((eb) => eb.and(ofSession(session))).executeTakeFirst();
      return row && workOf(row);
    },
    async isElsewhere(session) {
      const rows = db.selectFrom('work_bundles').select('place').where('bundle', 'is', null);
      const row = await rows.where((eb) => eb.and(ofSession(session))).executeTakeFirst();
      return row !== undefined && row.place !== place;
    },
    addPart: (turn, { bundle, part, content }) =>
      inTurn(turn, (trx) =>
        trx
          .insertInto('work_parts')
          .values({ ...ofSession(turn), bundle, part, content })
          .execute(),
      ),
    keep: (turn, bundle) => inTurn(turn, (trx) => keep(trx, place, turn, bundle)),
    async part(session, bundle, part) {
      const rows = db.selectFrom('work_parts').select('content');
      const row = await rows.where((eb) => eb.and({ ...ofSession(session), bundle, part })).executeTakeFirst();
      return row?.content;
    },
    async treeOf(session) {
      const rows = db.selectFrom('work_trees').select('tree');
      return (await rows.where((eb) => eb.and(ofSession(session))).executeTakeFirst())?.tree;
    },
    setTree: (turn, tree) =>
      inTurn(turn, (trx) =>
        trx
          .insertInto('work_trees')
          .values({ ...ofSession(turn), tree })
          .onConflict((conflict) => conflict.columns(['agent_id', 'session_id']).doUpdateSet({ tree }))
          .execute(),
      ),
    dropOld: (ms) =>
      db.transaction().execute(async (trx) => {
        const ended = await trx
          .selectFrom('work_bundles')
          .innerJoin('sessions', (join) =>
            join
              .onRef('sessions.agent_id', '=', 'work_bundles.agent_id')
              .onRef('sessions.session_id', '=', 'work_bundles.session_id'),
          )
          .select(['work_bundles.agent_id as agentId', 'work_bundles.session_id as sessionId'])
          .where('sessions.closed_at', '<', now() - ms)
          .execute();
        for (const session of ended) await dropWork(trx, session);
      }),
  };
}
