/** What queries and batches of work items find, and what they refuse. */
import { systemClock } from '../../../src/base/clock.ts';
import { type Fact, judge } from '../fact.ts';
import type { Board } from '../places/board.ts';
import { pick, rowsOf } from '../raw.ts';

const wiql = 'src/connectors/azure-devops/wiql.ts';
const reads = 'src/connectors/azure-devops/reads.ts';
const select = 'SELECT [System.Id] FROM WorkItems WHERE [System.TeamProject] = @project AND';
const foundWithinSeconds = 60;

const query = (board: Board, condition: string, more: Readonly<Record<string, string | number | boolean>> = {}) =>
  board.inProject('POST', '/_apis/wit/wiql', { body: { query: `${select} ${condition}` }, query: more });

const idsIn = (body: unknown) => rowsOf(pick(body, 'workItems')).map((row) => pick(row, 'id'));

/** How many seconds it took until a search had it; undefined where it did not within the bound. */
async function secondsUntil(isThere: () => Promise<boolean>): Promise<number | undefined> {
  const startedAt = systemClock.now();
  const seconds = () => (systemClock.now() - startedAt) / 1_000;
  for (;;) {
    if (await isThere()) return Math.round(seconds());
    if (seconds() > foundWithinSeconds) return undefined;
    await systemClock.sleep(1_000);
  }
}

export const queryFacts: readonly Fact<'board'>[] = [
  {
    id: 'board-query-changed',
    fact: 'A changed work item is found within a minute by the time of its change, to the second.',
    source: 'assumed',
    usedIn: wiql,
    needs: ['board'],
    async try({ board }) {
      const { id } = await board.make('query');
      const tile = await board.tracker.tile(id);
      const since = tile?.changedAt ?? 0;
      const seconds = await secondsUntil(async () => (await board.tracker.changedSince(since, [])).includes(id));
      return judge(seconds !== undefined, seconds === undefined ? 'not found' : `found after ${seconds} s`);
    },
  },
  {
    id: 'board-query-time',
    fact: 'A time of day in a query is refused unless the query asks for that precision.',
    source: 'documented',
    usedIn: reads,
    needs: ['board'],
    async try({ board }) {
      const { status, words } = await query(board, `[System.ChangedDate] >= '${new Date(0).toISOString()}'`);
      return judge(status === 400, words);
    },
  },
  {
    id: 'board-query-long',
    fact: 'A query of more than 32,000 characters is refused with 400.',
    source: 'documented',
    usedIn: wiql,
    needs: ['board'],
    async try({ board }) {
      const long = `[System.Title] <> '${'x'.repeat(33_000)}'`;
      const { status, words } = await query(board, long);
      return judge(status === 400, words);
    },
  },
  {
    id: 'board-query-tag',
    fact: 'A query for a tag finds the work items that bear it.',
    source: 'documented',
    usedIn: wiql,
    needs: ['board'],
    async try({ board }) {
      const { id } = await board.make('tag');
      const seconds = await secondsUntil(async () => (await board.tracker.tagged(board.run)).includes(id));
      const part = await query(board, `[System.Tags] CONTAINS '${board.run.slice(0, -2)}'`);
      const also = idsIn(part.body).includes(id) ? 'a part of the tag too' : 'a part of the tag does not';
      return judge(seconds !== undefined, seconds === undefined ? 'not found' : `found after ${seconds} s; ${also}`);
    },
  },
  {
    id: 'board-batch-omit',
    fact: 'A batch with an unknown id answers with nothing in its place, if it is asked to leave such ids out.',
    source: 'reported',
    usedIn: reads,
    needs: ['board'],
    async try({ board }) {
      const { id } = await board.make('batch');
      const unknown = 2_000_000_000;
      const ask = { body: { ids: [id, unknown], fields: ['System.Id'], errorPolicy: 'omit' } };
      const { status, body, words } = await board.inProject('POST', '/_apis/wit/workitemsbatch', ask);
      const rows = rowsOf(pick(body, 'value'));
      const [own] = rows.filter((row) => row !== null);
      const isSo = status === 200 && pick(own, 'id') === id && rows.filter(Boolean).length === 1;
      return judge(isSo, `${words}, ${rows.length} rows, ${rows.filter((row) => row === null).length} of them null`);
    },
  },
];
