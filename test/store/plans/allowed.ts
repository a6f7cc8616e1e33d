/** Which statements may read a whole table, each with its reason. */

/** Tables that do not grow with time, work or sessions. */
export const smallTables: Readonly<Record<string, string>> = {
  agents: 'a row an agent',
  alarms: 'what is wrong now',
  audit_checks: 'a row an agent',
  audit_heads: 'a row an agent',
  kysely_migration: 'the steps of the database',
  kysely_migration_lock: 'one row',
  sqlite_master: 'the tables',
  holdings: 'what the agents of now have',
  nodes: 'a row a node, dropped when it is gone',
  ops_lines: 'what was told in the ops channel, for some days',
  pauses: 'a row for each system or channel that asked to be let alone',
  platform: 'a few rows',
  refusal_counts: 'codes, for each agent',
  slack_apps: 'a row an app',
};

/** Statements that are made once, or that count for those who measure. */
export const allowed: readonly (readonly [form: RegExp, why: string])[] = [
  [/^update "(\w+)" set "(\w+)" = \S+ where "\2" = \S+$/, 'a step of the database'],
  [/^select distinct "/, 'a step of the database'],
  [/^select "agent_id", "session_id", "item" from "sessions"$/, 'a step of the database'],
  [/^select \* from "sessions" where "item" is not null$/, 'a step of the database, and once after a restore'],
  [/^select "key", "intent", "result" from "effects"$/, 'a step of the database'],
  [/^update "sessions" set "lease_owner" = \S+ "lease_until" = \S+ "claim_id" = \S+$/, 'once after a restore'],
  [/^select ".*" from "\w+" order by rowid$/, 'all rows of a backup, for a restore'],
  [/^update "deliveries" set "finished_at" = \S+ where "finished_at" is null$/, 'once after a restore'],
  [
    /^select "key" from "outbox" where (?!.*"agent_id" = ).*"key" like /,
    'once at a start; what was sent is kept for days only',
  ],
  [/^select "agent_id", "phase", count\(\*\) as "count" from "sessions"/, 'counts by an index, for /metrics'],
  [
    /^select "agent_id", .* as "code", count\(\*\) as "count" from "sessions" where "waits" is not null /,
    'counts by an index, for /metrics',
  ],
  [/^select count\(\*\) as "total" from /, 'how long a list is that people page through'],
  [/^select count\(\*\) as count from "\w+"$/, 'how many rows there are, for the file of a bug report'],
  [/^select \* from "sessions" where "waits" is not null$/, 'by an index, when a person resumes all agents'],
  [/^delete from "slack_inbox" where "agent_id" = \S+$/, 'once, when a person removes an agent'],
  [/^delete from "messages" where \("to_address" = .* not in \(select /, 'once, when a person removes an agent'],
  [/^with "table_list" as /, 'kysely asks for the tables'],
  [/^select \* from "sessions" order by "agent_id", "session_id"$/, 'once, at the first start after version 0.1.0'],
  [/^select "agent_id", sum\(.* from "usage" where "day" < \S+ group by /, 'sums of all days, for who asks for costs'],
];
