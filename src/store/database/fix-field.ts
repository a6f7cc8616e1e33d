/** Renames the field of a stored refusal that says what to do about it: `mend` in the first version, `fix` since. */
import type { Kysely } from 'kysely';

/** The columns whose JSON may hold a refusal. */
const columns: Readonly<Record<string, readonly string[]>> = {
  messages: ['payload'],
  sessions: ['item', 'waits'],
  effects: ['intent', 'result', 'refusal'],
  agents: ['hold', 'fault', 'model_fault'],
};

type Row = Readonly<Record<string, string | null>>;

/** The same JSON with the field renamed in every refusal of it. */
function renamed(text: string): string {
  return JSON.stringify(JSON.parse(text), (_, value) => {
    if (typeof value?.refused !== 'string' || typeof value.mend !== 'string') return value;
    const { mend, ...others } = value;
    return { ...others, fix: mend };
  });
}

/** Rewrites every stored refusal. */
export async function renameFix(made: Kysely<unknown>): Promise<void> {
  const db = made as Kysely<Record<string, Row>>;
  for (const [table, names] of Object.entries(columns)) {
    for (const name of names) {
      const rows = await db.selectFrom(table).select(name).distinct().where(name, 'like', '%"mend"%').execute();
      for (const { [name]: text } of rows) {
        if (text)
          await db
            .updateTable(table)
            .set({ [name]: renamed(text) })
            .where(name, '=', text)
            .execute();
      }
    }
  }
}
