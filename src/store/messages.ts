/** Stores messages and their deliveries; a delivery wakes its session in the same transaction. */
import type { AgentId } from '../agents/agent-id.ts';
import { known } from '../base/known.ts';
import { type Address, type AgentAddress, agentOf, formatAddress } from '../broker/address.ts';
import type { MessageStore } from '../broker/broker.ts';
import type { Message } from '../broker/message.ts';
import { answerKey } from '../broker/question.ts';
import type { SessionId } from '../broker/session-id.ts';
import type { Db } from './database/schema.ts';
import type { Words } from './database/words.ts';
import { messageOf, storeDeliveries, storeMessage } from './messages/message-rows.ts';
import { dropBeats } from './messages/old-beats.ts';
import { routeNew } from './messages/routing.ts';

export interface Messages extends MessageStore {
  /** The sessions that a message was delivered to. */
  takersOf(messageId: string): Promise<AgentAddress[]>;
  /** The answer of the asked agent: from the session that has the question, or from the agent's address if no session has it. */
  answerTo(question: Message): Promise<Message | undefined>;
  /** Messages that found no session, newest first. */
  dead(max: number): Promise<Message[]>;
  /** Lets such a message be routed again; false if there is none with this id. */
  revive(messageId: string): Promise<boolean>;
  /** Deletes heartbeats of more than `ms` ago, by the state's own time, that no turn waits for. */
  dropBeats(ms: number): Promise<void>;
  /** How many messages of channels the agent overheard since then (milliseconds since 1970), by channel. */
  overheard(agentId: string, since: number): Promise<Record<string, number>>;
}

async function takersOf(db: Db, messageId: string): Promise<AgentAddress[]> {
  const taken = db.selectFrom('deliveries').select(['agent_id', 'session_id']).where('message_id', '=', messageId);
  return (await taken.execute()).map((row) => ({
    kind: 'agent',
    agentId: row.agent_id as AgentId,
    sessionId: row.session_id as SessionId,
  }));
}

async function answerTo(db: Db, question: Message): Promise<Message | undefined> {
  const asked = agentOf(question.to);
  const sessions = (await takersOf(db, question.id)).filter(({ agentId }) => agentId === asked);
  const addresses = [question.to, ...sessions.map(formatAddress)];
  const row = await db
    .selectFrom('messages')
    .selectAll()
    .where('from_address', 'in', addresses)
    .where((eb) => eb.and({ to_address: question.from, dedupe_key: answerKey(question) }))
    .executeTakeFirst();
  return row && messageOf(row);
}

/** How many messages to an address are not finished by a turn yet. */
async function openAt(db: Db, to: Address): Promise<number> {
  const { new: unrouted } = await db
    .selectFrom('messages')
    .select((eb) => eb.fn.countAll().as('new'))
    .where((eb) => eb.and({ state: 'new', to_address: formatAddress(to) }))
    .executeTakeFirstOrThrow();
  if (to.kind === 'slack') return Number(unrouted);
  const { agentId: agent_id, sessionId: session_id } = to;
  const { open } = await db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll().as('open'))
    .where((eb) => eb.and(known({ agent_id, session_id })))
    .where('finished_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(unrouted) + Number(open);
}

async function overheard(db: Db, agentId: string, since: number): Promise<Record<string, number>> {
  const rows = await db
    .selectFrom('deliveries')
    .innerJoin('messages', 'messages.id', 'deliveries.message_id')
    .select(['messages.from_address', (eb) => eb.fn.countAll().as('count')])
    .where((eb) => eb.and({ 'deliveries.agent_id': agentId, 'messages.command': 'slack.ambient' }))
    .where('messages.at', '>', since)
    .groupBy('messages.from_address')
    .execute();
  return Object.fromEntries(rows.map((row) => [row.from_address.split('/').at(-1) ?? '', Number(row.count)]));
}

/** Slack messages are read separately, so that one that cannot be sent never blocks the routing to agents. */
async function waitingFor(db: Db, to: 'slack' | 'agents', max: number): Promise<Message[]> {
  const rows = await db
    .selectFrom('messages')
    .selectAll()
    .where('state', '=', 'new')
    .where('to_address', to === 'slack' ? 'like' : 'not like', 'slack/%')
    .orderBy('seq')
    .limit(max)
    .execute();
  return rows.map(messageOf);
}

/** `debounceMsOf` returns how long an agent's sessions wait for more messages before they wake, in milliseconds. */
export function createMessages(
  db: Db,
  words: Words,
  now: () => number,
  debounceMsOf: (agentId: string) => number,
): Messages {
  return {
    routeNew: (max, decide) => routeNew(db, words, { max, decide, at: now(), debounceMsOf }),
    add: (message) => storeMessage(db, message),
    async get(messageId) {
      const row = await db.selectFrom('messages').selectAll().where('id', '=', messageId).executeTakeFirst();
      return row && messageOf(row);
    },
    takersOf: (messageId) => takersOf(db, messageId),
    answerTo: (question) => answerTo(db, question),
    overheard: (agentId, since) => overheard(db, agentId, since),
    async dead(max) {
      const rows = db.selectFrom('messages').selectAll().where('state', '=', 'dead').orderBy('seq', 'desc').limit(max);
      return (await rows.execute()).map(messageOf);
    },
    async revive(messageId) {
      const dead = db
        .updateTable('messages')
        .set({ state: 'new' })
        .where((eb) => eb.and({ id: messageId, state: 'dead' }));
      return (await dead.executeTakeFirstOrThrow()).numUpdatedRows === 1n;
    },
    dropBeats: (ms) => dropBeats(db, words, now() - ms),
    open: (to) => openAt(db, to),
    unrouted: (max) => waitingFor(db, 'agents', max),
    outbound: (max) => waitingFor(db, 'slack', max),
    delivered: (messageId, deliveries) =>
      db.transaction().execute(async (trx) => {
        const row = trx.selectFrom('messages').selectAll().where('id', '=', messageId).where('state', '=', 'new');
        const message = await row.forNoKeyUpdate().executeTakeFirst();
        if (message) await storeDeliveries(trx, [{ message, deliveries }], { at: now(), debounceMsOf });
      }),
  };
}
