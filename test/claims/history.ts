/**
 * What happened to each session, written by the database itself: triggers see every claim, renewal and end in the transaction that
 * makes it, so no process can forget to tell, or tell what was not committed.
 */
import type { CarrierName } from '../../bench/claims/carriers.ts';
import type { Postgres } from '../postgres/server.ts';

/**
 * `wake`: somebody is about to wake the session. `due`: there is work from `until` on. `claim`: somebody took the session; `until` is when the lease of the one before was to end.
 * `write`: the holder's write was accepted. `over`: the claim ended, without its work being done. `done`: it ended, and its work is done.
 */
export type Kind = 'wake' | 'due' | 'claim' | 'write' | 'over' | 'done';

export interface Entry {
  readonly kind: Kind;
  readonly session: string;
  /** Milliseconds since 1970, by the database's clock. */
  readonly at: number;
  /** Who wrote; drawn by the process for each of its claims. */
  readonly holder?: string;
  readonly until?: number;
}

const table = `
  create table claims_history (
    seq bigserial primary key, kind text not null, session text not null, holder text, until bigint,
    at bigint not null default cast(extract(epoch from clock_timestamp()) * 1000 as bigint))`;

/** By the product's own table. */
const ours = `
  create function claims_seen() returns trigger language plpgsql as $$
  begin
    if new.claim_id is not null and new.claim_id is distinct from old.claim_id then
      insert into claims_history (kind, session, until) values ('claim', new.session_id, old.lease_until);
    elsif new.claim_id is null and old.claim_id is not null then
      insert into claims_history (kind, session)
        values (case when new.dying_since is null then 'done' else 'over' end, new.session_id);
    end if;
    if new.wake_at is not null and new.wake_at is distinct from old.wake_at then
      insert into claims_history (kind, session, until) values ('due', new.session_id, new.wake_at);
    end if;
    return null;
  end $$;
  create trigger claims_seen after update on sessions for each row execute function claims_seen()`;

/** By the table of pg-boss: one row is one wake, and a failed one is deleted and written again. */
const ofPgBoss = `
  create function claims_seen() returns trigger language plpgsql as $$
  declare session text := new.data->>'sessionId';
  begin
    if tg_op = 'INSERT' then
      insert into claims_history (kind, session, until)
        values ('due', session, cast(extract(epoch from new.start_after) * 1000 as bigint));
    elsif new.state = 'active' and old.state <> 'active' then
      insert into claims_history (kind, session) values ('claim', session);
    elsif old.state = 'active' and new.state <> 'active' then
      insert into claims_history (kind, session)
        values (case when new.state = 'completed' then 'done' else 'over' end, session);
    end if;
    return null;
  end $$;
  create trigger claims_seen after insert or update on pgboss.job for each row execute function claims_seen()`;

const triggers: Record<CarrierName, string> = { ours, 'pg-boss': ofPgBoss };

/** `database` has the tables of the carrier, and nobody has claimed anything yet. */
export async function keepHistory(server: Postgres, database: string, carrier: CarrierName): Promise<void> {
  await server.query(table, database);
  await server.query(triggers[carrier], database);
}

/** In the order in which it happened. */
export async function readHistory(server: Postgres, database: string): Promise<Entry[]> {
  const rows = await server.query<{ kind: Kind; session: string; at: string; holder?: string; until?: string }>(
    'select kind, session, at, holder, until from claims_history order by at, seq',
    database,
  );
  return rows.map(({ kind, session, at, holder, until }) => ({
    kind,
    session,
    at: Number(at),
    ...(holder ? { holder } : {}),
    ...(until ? { until: Number(until) } : {}),
  }));
}
