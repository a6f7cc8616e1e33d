/**
 * Routes new messages: all that are waiting in one transaction, or each in its own where one of them cannot be stored.
 *
 * selected, and on PostgreSQL locked, so that nodes share the work -> decided -> answers, sessions, deliveries, wake times
 */
import { messageOf as textOf } from '../../base/errors.ts';
import type { Routing, RoutingFault } from '../../broker/broker.ts';
import type { Delivery } from '../../broker/deliver.ts';
import type { Message } from '../../broker/message.ts';
import type { Db, RowOf } from '../database/schema.ts';
import type { Words } from '../database/words.ts';
import { type Delivering, type Given, messageOf, storeDeliveries, storeMessage } from './message-rows.ts';

export interface RouteOptions extends Delivering {
  readonly max: number;
  readonly decide: (message: Message) => Routing;
}

type Row = RowOf<'messages'>;

interface Stored {
  readonly deliveries: Delivery[];
  readonly faults: RoutingFault[];
}

const nothing = (): Stored => ({ deliveries: [], faults: [] });

function add(all: Stored, { deliveries, faults }: Stored): Stored {
  all.deliveries.push(...deliveries);
  all.faults.push(...faults);
  return all;
}

const faultOf = ({ id, to_address: to, command }: Row, why: string): RoutingFault => ({ id, to, command, why });

/** New messages to agents; those to Slack are read elsewhere. */
function waiting(trx: Db, { lockFree }: Words, max: number, ids?: readonly string[]) {
  const open = trx
    .selectFrom('messages')
    .selectAll()
    .where('state', '=', 'new')
    .where('to_address', 'not like', 'slack/%')
    .orderBy('seq')
    .limit(max);
  return lockFree(ids ? open.where('id', 'in', ids) : open).execute();
}

/** What is not a message as we write them, or that no decision fits, reaches nobody. */
function decided(row: Row, decide: RouteOptions['decide']): Routing & { fault?: string } {
  try {
    return decide(messageOf(row));
  } catch (error) {
    return { deliveries: [], answers: [], fault: textOf(error) };
  }
}

async function storeAll(trx: Db, rows: readonly Row[], options: RouteOptions): Promise<Stored> {
  const all = nothing();
  const given: Given[] = [];
  for (const row of rows) {
    const { deliveries, answers, why, fault } = { why: undefined, ...decided(row, options.decide) };
    for (const answer of answers) await storeMessage(trx, answer);
    given.push({ message: row, deliveries });
    const told = fault ?? why;
    add(all, { deliveries: [...deliveries], faults: told === undefined ? [] : [faultOf(row, told)] });
  }
  await storeDeliveries(trx, given, options);
  return all;
}

/** PostgreSQL's classes of what a row itself is at fault for: its values, and what they break. */
const ownClasses = /^(22|23|54)/;

/** Whether the database is at fault, and not the message: it is routed by a later step. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return /timeout|terminated|connect/i.test(error.message);
  return code.startsWith('SQLITE_') ? /^SQLITE_(BUSY|LOCKED|IOERR|FULL|READONLY)/.test(code) : !ownClasses.test(code);
}

/** One that cannot be stored is dead: nobody gets it, and it does not stand in the way of the next. */
async function storeAlone(db: Db, words: Words, row: Row, options: RouteOptions): Promise<Stored> {
  try {
    return await db
      .transaction()
      .execute(async (trx) => storeAll(trx, await waiting(trx, words, 1, [row.id]), options));
  } catch (error) {
    if (mayPass(error)) throw error;
    const own = db.updateTable('messages').set({ state: 'dead' }).where('id', '=', row.id);
    await own.where('state', '=', 'new').execute();
    return { deliveries: [], faults: [faultOf(row, textOf(error))] };
  }
}

/** Throws if the database cannot be written at all. */
export async function routeNew(db: Db, words: Words, options: RouteOptions): Promise<Stored> {
  let rows: Row[] = [];
  try {
    return await db.transaction().execute(async (trx) => {
      rows = await waiting(trx, words, options.max);
      return storeAll(trx, rows, options);
    });
  } catch (error) {
    if (rows.length === 0) throw error;
    const all = nothing();
    for (const row of rows) add(all, await storeAlone(db, words, row, options));
    return all;
  }
}
