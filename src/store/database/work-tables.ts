/** The tables that let any node go on with any work: commits that are on no remote, whose tree is whose, notes and activity. */
import type { Generated, Kysely } from 'kysely';
import { type AddCounter, tablesIn } from './tables.ts';

/** One row for each session whose work is not all on the remote. */
interface WorkBundlesTable {
  agent_id: string;
  session_id: string;
  /** Null where it was too large: it is only at `place`. */
  bundle: string | null;
  /** The commits in it, as JSON. */
  commits: string;
  bytes: number;
  parts: number;
  /** Where it was made. */
  place: string;
}

/** Base64 in rows of bounded size: both databases store it alike, and no message or statement is large. */
interface WorkPartsTable {
  agent_id: string;
  session_id: string;
  bundle: string;
  part: number;
  content: string;
}

/** Which tree is the one that the session's last turn worked in. */
interface WorkTreesTable {
  agent_id: string;
  session_id: string;
  tree: string;
}

/** What an agent did outside, a line each. */
interface ActivityLinesTable {
  id: Generated<number>;
  agent_id: string;
  at: number;
  line: string;
}

/** What a node wrote last into its copy of a file: anything else in it is a person's edit. */
interface MemoryCopiesTable {
  place: string;
  agent_id: string;
  file: string;
  /** The version of the notes; 0 for none. */
  seq: number;
  hash: string;
}

export interface WorkTables {
  work_bundles: WorkBundlesTable;
  work_parts: WorkPartsTable;
  work_trees: WorkTreesTable;
  activity_lines: ActivityLinesTable;
  memory_copies: MemoryCopiesTable;
}

export async function createWork(db: Kysely<unknown>, addCounter: AddCounter): Promise<void> {
  const { create, createOfSession } = tablesIn(db, addCounter);
  const key = ['agent_id', 'session_id'];
  const bundle = { bundle: 'text?', commits: 'text', bytes: 'number', parts: 'number', place: 'text' } as const;
  await createOfSession('work_bundles', bundle, key).execute();
  const part = { bundle: 'text', part: 'number', content: 'text' } as const;
  await createOfSession('work_parts', part, [...key, 'bundle', 'part']).execute();
  await createOfSession('work_trees', { tree: 'text' }, key).execute();
  await create('activity_lines', { id: 'counter', agent_id: 'text', at: 'number', line: 'text' }).execute();
  await db.schema.createIndex('activity_lines_agent').on('activity_lines').columns(['agent_id', 'id']).execute();
  const copy = { place: 'text', agent_id: 'text', file: 'text', seq: 'number', hash: 'text' } as const;
  await create('memory_copies', copy, ['agent_id', 'place', 'file']).execute();
  await db.schema.createIndex('memory_versions_at').on('memory_versions').columns(['at', 'agent_id']).execute();
}
