/** What each agent did outside, line by line; the file `memory/activity.md` of each node is a copy of its newest lines. */
import { limits } from '../../limits.ts';
import { lock } from '../database/at-once/locks.ts';
import type { Db } from '../database/schema.ts';

export interface ActivityLine {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly line: string;
}

export interface Activity {
  add(agentId: string, line: ActivityLine): Promise<void>;
  isEmpty(agentId: string): Promise<boolean>;
  /** The newest lines that fit into so many bytes, oldest first, as the file has them. */
  text(agentId: string, bytesMax: number): Promise<string>;
  /** Takes the lines of a file from before they were stored; nothing if the agent has stored lines. */
  adopt(agentId: string, lines: readonly ActivityLine[]): Promise<void>;
  /** The agents with lines newer than `id`, and the newest id. The lines of two agents may become visible out of order. */
  since(id: number): Promise<{ id: number; agentIds: string[] }>;
}

const lineText = ({ at, line }: ActivityLine) => `- ${new Date(at).toISOString()} ${line}\n`;

const written = ({ at, line }: ActivityLine): ActivityLine => ({
  at,
  line: line.replace(/\s+/g, ' ').slice(0, limits.activityLineCharsMax),
});

/** How many lines are added between two looks for old ones. */
const pruneEvery = 100;
const rowsAtOnce = 500;

const newestOf = (trx: Db, agentId: string) =>
  trx.selectFrom('activity_lines').where('agent_id', '=', agentId).orderBy('id', 'desc');

async function prune(trx: Db, agentId: string): Promise<void> {
  const [oldest] = await newestOf(trx, agentId).select('id').offset(limits.activityLinesMax).limit(1).execute();
  if (!oldest) return;
  const old = trx.deleteFrom('activity_lines').where('agent_id', '=', agentId);
  await old.where('id', '<=', oldest.id).execute();
}

export function createActivity(db: Db): Activity {
  /** One at a time for each agent, so that its lines become visible in the order of their ids. */
  const inOrder = (agentId: string, write: (trx: Db) => Promise<void>) =>
    db.transaction().execute(async (trx) => {
      await lock(trx, `activity/${agentId}`);
      await write(trx);
    });

  return {
    add: (agentId, line) =>
      inOrder(agentId, async (trx) => {
        const row = { agent_id: agentId, ...written(line) };
        const { id } = await trx.insertInto('activity_lines').values(row).returning('id').executeTakeFirstOrThrow();
        if (id % pruneEvery === 0) await prune(trx, agentId);
      }),
    isEmpty: async (agentId) => (await newestOf(db, agentId).select('id').limit(1).execute()).length === 0,
    async text(agentId, bytesMax) {
      const lines: string[] = [];
      let bytes = 0;
      for (let offset = 0; ; offset += rowsAtOnce) {
        const rows = newestOf(db, agentId).select(['at', 'line']).offset(offset).limit(rowsAtOnce);
        const found = await rows.execute();
        for (const row of found) {
          const text = lineText(row);
          bytes += Buffer.byteLength(text);
          if (bytes > bytesMax) return lines.reverse().join('');
          lines.push(text);
        }
        if (found.length < rowsAtOnce) return lines.reverse().join('');
      }
    },
    adopt: (agentId, lines) =>
      inOrder(agentId, async (trx) => {
        if (await newestOf(trx, agentId).select('id').limit(1).executeTakeFirst()) return;
        const rows = lines.slice(-limits.activityLinesMax).map((line) => ({ agent_id: agentId, ...written(line) }));
        for (let start = 0; start < rows.length; start += rowsAtOnce) {
          const part = rows.slice(start, start + rowsAtOnce);
          await trx.insertInto('activity_lines').values(part).execute();
        }
      }),
    async since(id) {
      const newest = db.selectFrom('activity_lines').select((eb) => eb.fn.max('id').as('id'));
      const last = Number((await newest.executeTakeFirst())?.id ?? 0);
      const rows = db.selectFrom('activity_lines').select('agent_id').distinct().where('id', '>', id);
      return { id: last, agentIds: (await rows.execute()).map(({ agent_id }) => agent_id) };
    },
  };
}
