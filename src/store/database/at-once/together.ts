/**
 * Statements that go to the database together: on PostgreSQL one way there and back, however many they are.
 *
 * They are carried out in this order, and each sees what those before it did and what others had committed by then. After one that
 * fails none is carried out.
 */
import { type Compilable, CompiledQuery, type QueryResult } from 'kysely';
import type { Db } from '../schema.ts';

/**
 * `whole`: a transaction of their own. `part`: of the transaction that there is. `ahead`: the same, and nobody waits for their
 * answers, so they go with the next statement, or with the commit.
 */
type Kind = 'whole' | 'part' | 'ahead';

/** Several statements, as a connection is given them. */
export interface Together extends CompiledQuery {
  readonly kind: Kind;
  readonly statements: readonly CompiledQuery[];
}

export const isTogether = (query: CompiledQuery): query is Together => 'statements' in query;

type Answers<T> = { [K in keyof T]: T[K] extends Compilable<infer O> ? QueryResult<O> : never };

async function send<T extends readonly Compilable[]>(db: Db, kind: Kind, all: T): Promise<Answers<T>> {
  const statements = all.map((statement) => statement.compile());
  const text = statements.map(({ sql }) => sql).join('; ');
  const query: Together = { ...CompiledQuery.raw(text), kind, statements };
  return (await db.executeQuery(query)).rows as unknown as Answers<T>;
}

/** Within a transaction, or for reads alone. */
export const together = <T extends readonly Compilable[]>(trx: Db, ...statements: T): Promise<Answers<T>> =>
  send(trx, 'part', statements);

/** A whole transaction. */
export const alone = <T extends readonly Compilable[]>(db: Db, ...statements: T): Promise<Answers<T>> =>
  send(db, 'whole', statements);

/** Within a transaction. What is wrong with them is thrown by the next statement, or by the commit. */
export async function ahead(trx: Db, ...statements: readonly Compilable[]): Promise<void> {
  await send(trx, 'ahead', statements);
}
