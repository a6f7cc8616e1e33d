/** What the platform stores about each agent between its turns: pause, hold, fault, poll cursor, identities and trust. */
import { known } from '../base/known.ts';
import type { Refusal } from '../refusal.ts';
import type { Hold } from '../work-items/lifecycle/hold.ts';
import type { PollCursor } from '../work-items/observe/poll.ts';
import type { Db, RowOf } from './database/schema.ts';
import { jsonText, parsed, withoutNulls } from './rows.ts';

/** The trusted configuration: the first one that was seen, or the last one that a person trusted. */
export interface TrustedConfig {
  readonly digest: string;
  /** The trusted values by name, so that a later difference can be shown. */
  readonly steering: Readonly<Record<string, string>>;
}

/** Why an agent's model cannot be called. Times are milliseconds since 1970. */
export interface ModelFault extends Refusal {
  readonly since: number;
  /** How many times in a row it failed. */
  readonly tries: number;
  /** When one turn will try again. */
  readonly until: number;
}

/** A session that was refused by the model and not answered after that. */
export interface RefusedSession {
  readonly times: number;
  /** Whether others were answered after its last refusal. */
  readonly othersAnswered: boolean;
  /** Why only this session waits, with `until`. */
  readonly own?: Refusal & { readonly until: number };
}

/** What is known of an agent's model, by all nodes. */
export interface ModelState {
  readonly fault?: ModelFault | undefined;
  readonly refused: Readonly<Record<string, RefusedSession>>;
  /** The session that failed last, until the others have gone first. */
  readonly last?: string | undefined;
}

export interface AgentRecord {
  readonly agentId: string;
  readonly pausedAt?: number;
  /** Why nothing is deployed to the agent's instance until a person releases it. */
  readonly hold?: Hold;
  /** Why the agent is disabled. */
  readonly fault?: Refusal;
  readonly modelFault?: ModelFault;
  readonly pollCursor?: PollCursor;
  readonly lastHeartbeatAt?: number;
  /** The last look at its board that succeeded, milliseconds since 1970. */
  readonly lastLookAt?: number;
  /** When its tokens expire, by their names in secrets.env, milliseconds since 1970; of those for which that is known. */
  readonly tokenExpiries?: Readonly<Record<string, number>>;
  /** The ids of the tracker's accounts that own the agent's tokens. */
  readonly identities: readonly string[];
  readonly trusted?: TrustedConfig;
}

/** The fields to store; null deletes a field, absent fields stay unchanged. */
export interface AgentPatch {
  readonly hold?: Hold | null;
  readonly fault?: Refusal | null;
  readonly modelFault?: ModelFault | null;
  readonly pollCursor?: PollCursor;
  readonly lastHeartbeatAt?: number;
  readonly lastLookAt?: number;
  readonly tokenExpiries?: Readonly<Record<string, number>>;
  readonly identities?: readonly string[];
  readonly trusted?: TrustedConfig;
}

export interface Agents {
  /** For an agent that is not stored yet, a record with only its id. */
  get(agentId: string): Promise<AgentRecord>;
  list(): Promise<AgentRecord[]>;
  set(agentId: string, patch: AgentPatch): Promise<void>;
  /** Trusts a configuration in place of the one with the digest `before`, or of none; false if another one is trusted by now. */
  trust(agentId: string, trusted: TrustedConfig, before: string | undefined): Promise<boolean>;
  model(agentId: string): Promise<ModelState>;
  /** False, and nothing is stored, if it is not as `before` any more. */
  setModel(agentId: string, state: ModelState, before: ModelState): Promise<boolean>;
  /** Starts no new turns of the agent until `resume`; survives restarts. */
  pause(agentId: string): Promise<void>;
  resume(agentId: string): Promise<void>;
  /** Deletes all that the state has of the agent and its sessions, but not its audit log and its costs. */
  forget(agentId: string): Promise<void>;
  /** The identities of all agents, each once: none of them can approve. */
  allIdentities(): Promise<string[]>;
}

function recordOf(row: RowOf<'agents'>): AgentRecord {
  const { trusted_digest: digest, trusted_steering } = row;
  const steering = parsed<TrustedConfig['steering']>(trusted_steering);
  return {
    agentId: row.agent_id,
    identities: parsed<string[]>(row.identities) ?? [],
    ...withoutNulls({
      pausedAt: row.paused_at,
      hold: parsed<Hold>(row.hold),
      fault: parsed<Refusal>(row.fault),
      modelFault: parsed<ModelFault>(row.model_fault),
      pollCursor: parsed<PollCursor>(row.poll_cursor),
      lastHeartbeatAt: row.last_heartbeat_at,
      lastLookAt: row.last_look_at,
      tokenExpiries: parsed<Record<string, number>>(row.token_expiries),
      trusted: digest === null || steering === null ? null : { digest, steering },
    }),
  };
}

type AgentColumns = Partial<Omit<RowOf<'agents'>, 'agent_id'>>;

/** Undefined for a column that stays unchanged. */
const columnOf = (value: unknown) => (value === undefined ? undefined : jsonText(value));

function columnsOf(patch: AgentPatch): AgentColumns {
  const { hold, fault, modelFault, pollCursor, tokenExpiries, identities, trusted } = patch;
  return known({
    hold: columnOf(hold),
    fault: columnOf(fault),
    model_fault: columnOf(modelFault),
    poll_cursor: columnOf(pollCursor),
    last_heartbeat_at: patch.lastHeartbeatAt,
    last_look_at: patch.lastLookAt,
    token_expiries: columnOf(tokenExpiries),
    identities: columnOf(identities),
    trusted_digest: trusted?.digest,
    trusted_steering: columnOf(trusted?.steering),
  });
}

const unknown = {
  paused_at: null,
  hold: null,
  fault: null,
  model_fault: null,
  model_refused: null,
  poll_cursor: null,
  last_heartbeat_at: null,
  last_look_at: null,
  token_expiries: null,
  identities: null,
  trusted_digest: null,
  trusted_steering: null,
};

function modelColumns({ fault, refused, last }: ModelState) {
  const isEmpty = Object.keys(refused).length === 0 && last === undefined;
  return { model_fault: jsonText(fault), model_refused: isEmpty ? null : jsonText({ refused, last }) };
}

async function setModel(db: Db, agentId: string, state: ModelState, before: ModelState): Promise<boolean> {
  const [columns, seen] = [modelColumns(state), modelColumns(before)];
  const known = db.insertInto('agents').values({ ...unknown, agent_id: agentId });
  await known.onConflict((conflict) => conflict.doNothing()).execute();
  const { numUpdatedRows } = await db
    .updateTable('agents')
    .set(columns)
    .where('agent_id', '=', agentId)
    .where('model_fault', 'is not distinct from', seen.model_fault)
    .where('model_refused', 'is not distinct from', seen.model_refused)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Puts the agent's instance on hold, in the transaction that stores the cause. */
export async function putOnHold(trx: Db, agentId: string, hold: Hold): Promise<void> {
  await trx
    .insertInto('agents')
    .values({ ...unknown, hold: jsonText(hold), agent_id: agentId })
    .onConflict((conflict) => conflict.column('agent_id').doUpdateSet({ hold: jsonText(hold) }))
    .execute();
}

/** The tables with an agent's state, in the order in which rows are locked. What belongs to a session goes with it. */
const ofAgent = [
  ...(['slack_inbox', 'sessions', 'memory_versions', 'memory_copies', 'activity_lines'] as const),
  ...(['findings', 'holdings', 'proposals', 'buttons', 'outbox', 'slack_threads', 'agents'] as const),
];

export function createAgents(db: Db, now: () => number): Agents {
  const rows = () => db.selectFrom('agents').selectAll().orderBy('agent_id');
  async function write(agentId: string, columns: AgentColumns): Promise<void> {
    if (Object.keys(columns).length === 0) return;
    await db
      .insertInto('agents')
      .values({ ...unknown, ...columns, agent_id: agentId })
      .onConflict((conflict) => conflict.column('agent_id').doUpdateSet(columns))
      .execute();
  }
  return {
    async get(agentId) {
      const row = await rows().where('agent_id', '=', agentId).executeTakeFirst();
      return row ? recordOf(row) : { agentId, identities: [] };
    },
    list: async () => (await rows().execute()).map(recordOf),
    set: (agentId, patch) => write(agentId, columnsOf(patch)),
    async trust(agentId, trusted, before) {
      const columns = columnsOf({ trusted });
      const { numInsertedOrUpdatedRows } = await db
        .insertInto('agents')
        .values({ ...unknown, ...columns, agent_id: agentId })
        .onConflict((conflict) =>
          conflict
            .column('agent_id')
            .doUpdateSet(columns)
            .where('agents.trusted_digest', 'is not distinct from', before ?? null),
        )
        .executeTakeFirstOrThrow();
      return numInsertedOrUpdatedRows === 1n;
    },
    async model(agentId) {
      const model = db.selectFrom('agents').select(['model_fault', 'model_refused']).where('agent_id', '=', agentId);
      const row = await model.executeTakeFirst();
      const kept = parsed<Omit<ModelState, 'fault'>>(row?.model_refused ?? null);
      return { refused: {}, ...kept, fault: parsed<ModelFault>(row?.model_fault ?? null) ?? undefined };
    },
    setModel: (agentId, state, before) => setModel(db, agentId, state, before),
    pause: (agentId) => write(agentId, { paused_at: now() }),
    resume: (agentId) => write(agentId, { paused_at: null }),
    forget: (agentId) =>
      db.transaction().execute(async (trx) => {
        for (const table of ofAgent) await trx.deleteFrom(table).where('agent_id', '=', agentId).execute();
        const address = `agent/${agentId}`;
        await trx
          .deleteFrom('messages')
          .where((row) => row.or([row('to_address', '=', address), row('to_address', 'like', `${address}/%`)]))
          // Others may have got the same message.
          .where('id', 'not in', trx.selectFrom('deliveries').select('message_id'))
          .execute();
      }),
    async allIdentities() {
      const all = (await rows().execute()).flatMap((row) => recordOf(row).identities);
      return [...new Set(all)];
    },
  };
}
