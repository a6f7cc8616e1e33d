/**
 * The notes of each agent as versions: the last accepted version of a file is valid for all sessions, a draft only for its own
 * session.
 *
 * Every change is one transaction: import a person's edits from the node's folder -> the change -> write the valid notes to that folder.
 */
import type { MemoryFile, MemoryFolder } from '../agents/memory-folder.ts';
import { mergeNotes } from '../agents/merge-notes.ts';
import { limits } from '../limits.ts';
import type { Phase } from '../work-items/phase.ts';
import { editsIn, type NodeNotes, writeCopies } from './copies/notes.ts';
import { atOneMoment, lock } from './database/at-once/locks.ts';
import type { Db, RowOf } from './database/schema.ts';
import { mustHold, ofSession, type SessionKey, type TurnKey } from './fence.ts';
import { withoutNulls } from './rows.ts';

export interface MemoryVersion extends MemoryFile {
  /** 1, 2, 3 ... within the agent. */
  readonly seq: number;
  /** Milliseconds since 1970 (UTC). */
  readonly at: number;
  /** Absent for a person's change to the files. */
  readonly sessionId?: string;
  /**
   * `turn`: written by a turn; `merge`: a draft merged with newer notes; `file`: edited by a person; `revert`: restored by a
   * person.
   */
  readonly origin: 'turn' | 'merge' | 'file' | 'revert';
  readonly accepted: boolean;
}

/** A file of notes with the accepted version that it is based on; 0 for none. */
export interface ForkedNotes extends MemoryFile {
  readonly base: number;
}

export interface Memory {
  /** The notes that a session sees: the accepted ones with its own drafts. */
  of(session: SessionKey): Promise<ForkedNotes[]>;
  /** Stores the notes of a turn as drafts of its session. Throws StaleTurnError if the turn is over. */
  keep(turn: TurnKey, folder: MemoryFolder, files: readonly ForkedNotes[]): Promise<void>;
  /** Accepts a person's edits, and the drafts of work items whose pull request is merged. */
  settle(agentId: string, folder: MemoryFolder): Promise<void>;
  /** Accepts a draft; false if there is no such draft. */
  accept(agentId: string, seq: number, folder: MemoryFolder): Promise<boolean>;
  /** Restores an earlier version as a new version; false if there is no such version. */
  revert(agentId: string, seq: number, folder: MemoryFolder): Promise<boolean>;
  /** The agents with versions from `at` on, and the time of this look, by the state's own time as each `at` of a version. */
  since(at: number): Promise<{ at: number; agentIds: string[] }>;
  /** Oldest first. */
  list(agentId: string): Promise<MemoryVersion[]>;
}

type Row = RowOf<'memory_versions'>;

const mergedPhases: readonly Phase[] = ['deploying', 'deployed'];

function versionOf({ seq, at, session_id, file, text, origin, accepted }: Row): MemoryVersion {
  return { seq, at, file, text, origin, accepted: accepted === 1, ...withoutNulls({ sessionId: session_id }) };
}

const versions = (trx: Db, agentId: string) =>
  trx.selectFrom('memory_versions').selectAll().where('agent_id', '=', agentId).orderBy('seq');

const versionAt = (trx: Db, agentId: string, seq: number): Promise<Row | undefined> =>
  versions(trx, agentId).where('seq', '=', seq).executeTakeFirst();

/** The last matching version of each file. */
async function lastOfEach(trx: Db, agentId: string, fits: { accepted: number; session_id?: string }) {
  const last = trx
    .selectFrom('memory_versions')
    .select((eb) => eb.fn.max('seq').as('seq'))
    .where((eb) => eb.and({ agent_id: agentId, ...fits }))
    .groupBy('file');
  const rows = await versions(trx, agentId).where('seq', 'in', last).execute();
  return new Map(rows.map((row) => [row.file, row]));
}

const counting = (trx: Db, agentId: string) => lastOfEach(trx, agentId, { accepted: 1 });

async function add(trx: Db, row: Omit<Row, 'seq'>): Promise<Row> {
  const { seq: before } = await trx
    .selectFrom('memory_versions')
    .select((eb) => eb.fn.coalesce(eb.fn.max('seq'), eb.lit(0)).as('seq'))
    .where('agent_id', '=', row.agent_id)
    .executeTakeFirstOrThrow();
  const added = { ...row, seq: Number(before) + 1 };
  await trx.insertInto('memory_versions').values(added).execute();
  await prune(trx, row.agent_id, row.file);
  return added;
}

/** Deletes old versions, except the valid one, each session's last draft and the version that this draft is based on. */
async function prune(trx: Db, agentId: string, file: string): Promise<void> {
  const ofFile = { agent_id: agentId, file };
  const rows = await trx
    .selectFrom('memory_versions')
    .select(['seq', 'accepted', 'session_id', 'base'])
    .where((eb) => eb.and(ofFile))
    .orderBy('seq', 'desc')
    .execute();
  const isLastDraft = (row: (typeof rows)[number]) =>
    row.accepted === 0 && row === rows.find((other) => other.accepted === 0 && other.session_id === row.session_id);
  const needed = new Set([
    rows.find(({ accepted }) => accepted === 1)?.seq,
    ...rows.filter(isLastDraft).flatMap(({ seq, base }) => [seq, base]),
  ]);
  const outlived = rows.slice(limits.memoryVersionsMax).flatMap(({ seq }) => (needed.has(seq) ? [] : [seq]));
  if (outlived.length === 0) return;
  await trx
    .deleteFrom('memory_versions')
    .where((eb) => eb.and(ofFile))
    .where('seq', 'in', outlived)
    .execute();
}

/** Adds a version that belongs to no session and is accepted at once. */
function addByHand(trx: Db, agentId: string, { file, text }: MemoryFile, origin: 'file' | 'revert', at: number) {
  return add(trx, { agent_id: agentId, at, session_id: null, file, text, origin, base: 0, accepted: 1 });
}

/** A session's draft, merged with the notes that are valid now. */
async function joined(trx: Db, draft: Row, current: Row | undefined): Promise<string> {
  const base = await versionAt(trx, draft.agent_id, draft.base);
  return mergeNotes(base?.text ?? '', current?.text ?? '', draft.text);
}

async function acceptDraft(trx: Db, draft: Row, at: number): Promise<void> {
  const { agent_id, session_id, file, seq } = draft;
  const text = await joined(trx, draft, (await counting(trx, agent_id)).get(file));
  const ofFile = () =>
    trx.updateTable('memory_versions').where((eb) => eb.and({ agent_id, session_id, file, accepted: 0 }));
  // This draft contains the session's earlier ones, and the later ones are based on it.
  await ofFile().set({ accepted: 1 }).where('seq', '<=', seq).execute();
  await ofFile().set({ base: seq }).where('seq', '>', seq).where('base', '<', seq).execute();
  if ((await counting(trx, agent_id)).get(file)?.text === text) return;
  await add(trx, { ...draft, at, text, origin: 'merge', accepted: 1 });
}

async function acceptMerged(trx: Db, agentId: string, at: number): Promise<void> {
  const merged = trx
    .selectFrom('sessions')
    .select('session_id')
    .where('agent_id', '=', agentId)
    .where('phase', 'in', mergedPhases);
  const drafts = await versions(trx, agentId).where('accepted', '=', 0).where('session_id', 'in', merged).execute();
  const last = new Map(drafts.map((draft) => [`${draft.session_id} ${draft.file}`, draft]));
  for (const draft of last.values()) await acceptDraft(trx, draft, at);
}

async function keepFiles(trx: Db, turn: TurnKey, files: readonly ForkedNotes[], at: number): Promise<void> {
  for (const notes of files) await add(trx, { ...ofSession(turn), ...notes, at, origin: 'turn', accepted: 0 });
}

async function notesOf(trx: Db, { agentId, sessionId }: SessionKey): Promise<ForkedNotes[]> {
  const stored = await counting(trx, agentId);
  const drafts = await lastOfEach(trx, agentId, { accepted: 0, session_id: sessionId });
  const seen: ForkedNotes[] = [];
  for (const file of [...new Set([...stored.keys(), ...drafts.keys()])].sort()) {
    const [current, draft] = [stored.get(file), drafts.get(file)];
    const text = draft ? await joined(trx, draft, current) : (current?.text ?? '');
    if (text !== '') seen.push({ file, text, base: current?.seq ?? 0 });
  }
  return seen;
}

async function adoptEdits(trx: Db, notes: NodeNotes, at: number): Promise<void> {
  const edits = await editsIn(trx, notes, await counting(trx, notes.agentId));
  for (const edit of edits) await addByHand(trx, notes.agentId, edit, 'file', at);
}

/** `place` names the node whose folders these are. */
export function createMemory(db: Db, now: () => number, place: string): Memory {
  type Step<T> = (trx: Db, at: number) => Promise<T>;
  /** `begin` is what must hold before anything is changed. */
  function change<T>(agentId: string, folder: MemoryFolder, make: Step<T>, begin?: Step<void>): Promise<T> {
    return db.transaction().execute(async (trx) => {
      const [at, notes] = [now(), { agentId, place, folder }];
      await begin?.(trx, at);
      await lock(trx, `memory/${agentId}`);
      await adoptEdits(trx, notes, at);
      const made = await make(trx, at);
      await writeCopies(trx, notes, (await counting(trx, agentId)).values());
      return made;
    });
  }
  return {
    of: (session) => atOneMoment(db, (trx) => notesOf(trx, session)),
    keep: (turn, folder, files) =>
      change(
        turn.agentId,
        folder,
        (trx, at) => keepFiles(trx, turn, files, at),
        (trx, at) => mustHold(trx, turn, at),
      ),
    settle: (agentId, folder) => change(agentId, folder, (trx, at) => acceptMerged(trx, agentId, at)),
    accept: (agentId, seq, folder) =>
      change(agentId, folder, async (trx, at) => {
        const draft = await versionAt(trx, agentId, seq);
        if (draft?.accepted !== 0) return false;
        await acceptDraft(trx, draft, at);
        return true;
      }),
    revert: (agentId, seq, folder) =>
      change(agentId, folder, async (trx, at) => {
        const version = await versionAt(trx, agentId, seq);
        if (!version) return false;
        await addByHand(trx, agentId, version, 'revert', at);
        return true;
      }),
    async since(at) {
      const lookedAt = now();
      const rows = db.selectFrom('memory_versions').select('agent_id').distinct().where('at', '>=', at);
      return { at: lookedAt, agentIds: (await rows.execute()).map(({ agent_id }) => agent_id) };
    },
    list: async (agentId) => (await versions(db, agentId).execute()).map(versionOf),
  };
}
