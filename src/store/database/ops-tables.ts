/** The tables of those who run the platform: what is wrong and was told, what it cost by phase, and how often what was refused. */
import type { Generated, Kysely } from 'kysely';
import { type AddCounter, tablesIn } from './tables.ts';

/** One row for each thing that is wrong, until its end was told. */
interface AlarmsTable {
  key: string;
  kind: string;
  /** Empty where it is the whole platform's. */
  agent_id: string;
  work_item_id: number | null;
  code: string | null;
  why: string;
  fix: string;
  since: number | null;
  next_look_at: number | null;
  /** When it was seen first. */
  seen_at: number;
  /** When it was first seen to be over. */
  gone_at: number | null;
  said_at: number | null;
  /** 1 if only its number was told, among others. */
  is_summed: number;
}

/** What is told in the ops channel, in this order. */
interface OpsLinesTable {
  seq: Generated<number>;
  text: string;
  at: number;
  attempts: Generated<number>;
  next_at: number | null;
  /** Why its last try failed. */
  why: string | null;
  /** `sending`: its last try has no known end. */
  state: 'waiting' | 'sending' | 'sent' | 'lost';
}

interface PhaseUsageTable {
  agent_id: string;
  /** UTC, `2026-11-20`. */
  day: string;
  phase: string;
  usd: Generated<number>;
  tokens_input: Generated<number>;
  tokens_cached: Generated<number>;
  tokens_output: Generated<number>;
  turns: Generated<number>;
}

/** Counted beside the audit log, which is too long to be counted each time. */
interface RefusalCountsTable {
  agent_id: string;
  code: string;
  count: number;
}

/** How far the chain of an agent was found whole. */
interface AuditChecksTable {
  agent_id: string;
  seq: number;
  hash: string;
}

export interface OpsTables {
  alarms: AlarmsTable;
  ops_lines: OpsLinesTable;
  phase_usage: PhaseUsageTable;
  refusal_counts: RefusalCountsTable;
  audit_checks: AuditChecksTable;
}

export async function createOps(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { create, usage } = tablesIn(db, addCounter);
  const what = {
    kind: 'text',
    agent_id: 'text',
    work_item_id: 'number?',
    code: 'text?',
    why: 'text',
    fix: 'text',
  } as const;
  const when = {
    since: 'number?',
    next_look_at: 'number?',
    seen_at: 'number',
    gone_at: 'number?',
    said_at: 'number?',
  } as const;
  await create('alarms', { key: 'text', ...what, ...when, is_summed: 'count' }, ['key']).execute();
  const line = {
    seq: 'counter',
    text: 'text',
    at: 'number',
    attempts: 'count',
    next_at: 'number?',
    why: 'text?',
    state: 'text',
  } as const;
  await create('ops_lines', line).execute();
  const key = ['agent_id', 'day', 'phase'];
  await create('phase_usage', { agent_id: 'text', day: 'text', phase: 'text', ...usage }, key).execute();
  await create('refusal_counts', { agent_id: 'text', code: 'text', count: 'count' }, ['agent_id', 'code']).execute();
  await create('audit_checks', { agent_id: 'text', seq: 'number', hash: 'text' }, ['agent_id']).execute();
  await db.schema.alterTable('agents').addColumn('last_look_at', 'bigint').execute();
  await db.schema.alterTable('agents').addColumn('token_expiries', 'text').execute();
}
