/** The state for a bug report: counts, times, phases and codes, read at one moment from whatever version of the database is there. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { known } from '../../base/known.ts';
import { peekAt } from '../../store/database/sqlite.ts';
import { codeIn, codeOnly } from './scrubbed.ts';

type Select = <R>(statement: string) => R[];
type Scrub = (text: string) => string;

/** Sessions that people name, or that carry the ids of their Slack, are told by their kind. */
function sessionName(id: string): string {
  if (id === 'main' || /^wi-\d+$/.test(id)) return id;
  return id.startsWith('slack-') ? 'slack' : 'other';
}

interface Row {
  agent_id: string;
  session_id: string;
  waits: string | null;
  item: string | null;
  [column: string]: string | number | null;
}

function sessionsOf(select: Select): object[] {
  const times = 'created_at, last_active_at, closed_at, wake_at, not_before, lease_until, dying_since';
  const columns = `agent_id, session_id, phase, epoch, deaths, turns, usd, waits, item, ${times}`;
  const rows = select<Row>(`select ${columns} from sessions order by last_active_at desc limit 500`);
  return rows.map(({ session_id, waits, item, ...plain }) => {
    const { counts, refusal } = JSON.parse(item ?? '{}') as {
      counts?: Record<string, unknown>;
      refusal?: { refused?: unknown };
    };
    const numbers = Object.entries(counts ?? {}).filter(([, count]) => typeof count === 'number');
    return known({
      ...plain,
      session_id: sessionName(session_id),
      waits: codeIn(waits),
      counts: Object.fromEntries(numbers),
      refused: codeOnly(refusal?.refused),
    });
  });
}

function effectsOf(select: Select): object[] {
  const columns = 'agent_id, session_id, state, origin, intent, refusal, next_at';
  const rows = select<{ session_id: string; intent: string; refusal: string | null }>(
    `select ${columns} from effects where state != 'applied' order by rowid desc limit 200`,
  );
  return rows.map(({ session_id, intent, refusal, ...plain }) => {
    const { kind } = JSON.parse(intent) as { kind?: string };
    return known({ ...plain, session_id: sessionName(session_id), kind, refused: codeIn(refusal) });
  });
}

/** Who acted only by kind, such as `person`; what it was about not at all. */
function auditOf(select: Select): object[] {
  const rows = select<{ actor: string; outcome: string; at: number; agent_id: string; action: string }>(
    'select at, agent_id, actor, action, outcome from audit_entries order by id desc limit 100',
  );
  return rows.map(({ actor, outcome, ...plain }) => {
    const [code] = /[A-Z][A-Z_]{2,}/.exec(outcome) ?? [];
    return known({
      ...plain,
      actor: actor.split('/')[0],
      refused: codeOnly(code),
      done: outcome === 'done' || undefined,
    });
  });
}

function errorsOf(select: Select, scrub: Scrub): object[] {
  const rows = select<{ session_id: string; kind: string; text: string | null }>(
    "select at, agent_id, session_id, kind, text from log_entries where kind in ('broke', 'bug', 'gave-up') order by id desc limit 50",
  );
  return rows.map(({ session_id, kind, text, ...plain }) =>
    // A tool of the customer's own says in a bug whatever it wants.
    known({
      ...plain,
      kind,
      session_id: sessionName(session_id),
      text: kind === 'bug' ? undefined : scrub(text ?? ''),
    }),
  );
}

function agentsOf(select: Select): object[] {
  const rows = select<{ hold: string | null; fault: string | null; model_fault: string | null }>(
    'select agent_id, paused_at, last_heartbeat_at, hold, fault, model_fault from agents',
  );
  return rows.map(({ hold, fault, model_fault, ...plain }) =>
    known({ ...plain, hold: codeIn(hold), fault: codeIn(fault), modelFault: codeIn(model_fault) }),
  );
}

function tablesOf(select: Select): Record<string, number> {
  const names = select<{ name: string }>(
    "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'",
  );
  const counted = names.map(({ name }) => [
    name,
    select<{ count: number }>(`select count(*) as count from "${name}"`)[0]?.count ?? 0,
  ]);
  return Object.fromEntries(counted);
}

/** Titles of what people asked for, by which their words are found again. */
export function storedTitles(folder: string): string[] {
  return (
    peekAt(folder, (select) => select<{ title: string }>('select title from sessions').map(({ title }) => title)) ?? []
  );
}

/** Undefined if there is no state; what cannot be read of it is said. */
export function statePart(folder: string, scrub: Scrub): object | undefined {
  const file = join(folder, 'state.db');
  if (!existsSync(file)) return undefined;
  const bytes = statSync(file).size;
  const migrations = peekAt(folder, (select) => select('select name, timestamp from kysely_migration order by name'));
  const read = peekAt(folder, (select) => ({
    rows: tablesOf(select),
    agents: agentsOf(select),
    sessions: sessionsOf(select),
    messages: select('select state, count(*) as count from messages group by state'),
    effects: effectsOf(select),
    findings: select('select agent_id, check_id, status, code, at, seen_by from findings'),
    audit: auditOf(select),
    logKinds: select('select kind, count(*) as count from log_entries group by kind'),
    errors: errorsOf(select, scrub),
    usage: select('select agent_id, day, usd, turns from usage order by day desc limit 200'),
  }));
  return { bytes, migrations: migrations ?? 'unread', ...(read ?? { isUnread: true }) };
}
