/**
 * Which files of notes on a node's disk a person edited, and which are only what the node wrote last.
 *
 * file -> as this node wrote it? -> else an edit, merged with what was accepted since on other nodes
 */
import type { MemoryFile, MemoryFolder } from '../../agents/memory-folder.ts';
import { mergeNotes } from '../../agents/merge-notes.ts';
import { sha256 } from '../../base/digest.ts';
import type { Db } from '../database/schema.ts';

/** What a node wrote last into one file: the version, and the hash of its text. */
interface Copy {
  readonly seq: number;
  readonly hash: string;
}

/** An accepted version of one file. */
interface Version extends MemoryFile {
  readonly seq: number;
}

export interface NodeNotes {
  readonly agentId: string;
  /** The node. */
  readonly place: string;
  readonly folder: MemoryFolder;
}

const nothing = sha256('');

async function copiesOf(trx: Db, { place, agentId }: NodeNotes): Promise<Map<string, Copy>> {
  const rows = trx.selectFrom('memory_copies').selectAll();
  const ours = await rows.where((eb) => eb.and({ place, agent_id: agentId })).execute();
  return new Map(ours.map(({ file, seq, hash }) => [file, { seq, hash }]));
}

async function textAt(trx: Db, agentId: string, seq: number): Promise<string> {
  const versions = trx.selectFrom('memory_versions').select('text');
  const row = await versions.where((eb) => eb.and({ agent_id: agentId, seq })).executeTakeFirst();
  return row?.text ?? '';
}

/** Whether this text was valid once: then the file is out of date, and nobody's edit. */
async function wasAccepted(trx: Db, agentId: string, { file, text }: MemoryFile): Promise<boolean> {
  const versions = trx.selectFrom('memory_versions').select('seq');
  const same = versions.where((eb) => eb.and({ agent_id: agentId, file, text, accepted: 1 }));
  return (await same.executeTakeFirst()) !== undefined;
}

/** Whether any node has written notes of this agent: without one, the state is from before copies were remembered. */
async function hasCopies(trx: Db, agentId: string): Promise<boolean> {
  const copies = trx.selectFrom('memory_copies').select('file').where('agent_id', '=', agentId);
  return (await copies.executeTakeFirst()) !== undefined;
}

/** What the file became from, where a person edited it; undefined where nobody did. */
async function baseOf(trx: Db, { agentId }: NodeNotes, seen: MemoryFile, copy: Copy | undefined, current: string) {
  if (copy) return copy.hash === sha256(seen.text) ? undefined : textAt(trx, agentId, copy.seq);
  if (await wasAccepted(trx, agentId, seen)) return undefined;
  return (await hasCopies(trx, agentId)) ? '' : current;
}

/** The notes that people edited in a node's folder, each merged with what is valid now, where that differs. */
export async function editsIn(trx: Db, notes: NodeNotes, stored: ReadonlyMap<string, Version>): Promise<MemoryFile[]> {
  const reading = notes.folder.read();
  if (!reading) return [];
  const copies = await copiesOf(trx, notes);
  const there = new Set([...reading.files, ...reading.refused].map(({ file }) => file));
  const removed = [...copies].filter(([file, { hash }]) => !there.has(file) && hash !== nothing);
  const edits: MemoryFile[] = [];
  for (const seen of [...reading.files, ...removed.map(([file]) => ({ file, text: '' }))]) {
    const current = stored.get(seen.file)?.text ?? '';
    if (seen.text === current) continue;
    const base = await baseOf(trx, notes, seen, copies.get(seen.file), current);
    if (base === undefined) continue;
    const text = mergeNotes(base, current, seen.text);
    if (text !== current) edits.push({ file: seen.file, text });
  }
  return edits;
}

/** Writes what is valid where the node's files differ, and remembers it. A refused file stays: a person put it there. */
export async function writeCopies(trx: Db, notes: NodeNotes, stored: Iterable<Version>): Promise<void> {
  const { agentId, place, folder } = notes;
  const reading = folder.read();
  const copies = await copiesOf(trx, notes);
  const texts = new Map(reading?.files.map(({ file, text }) => [file, text]));
  const refused = new Set(reading?.refused.map(({ file }) => file));
  for (const { file, text, seq } of stored) {
    if (refused.has(file)) continue;
    if (text !== (texts.get(file) ?? '')) folder.write({ file, text });
    const [before, hash] = [copies.get(file), sha256(text)];
    if (before?.seq === seq && before.hash === hash) continue;
    await trx
      .insertInto('memory_copies')
      .values({ place, agent_id: agentId, file, seq, hash })
      .onConflict((conflict) => conflict.columns(['agent_id', 'place', 'file']).doUpdateSet({ seq, hash }))
      .execute();
  }
}
