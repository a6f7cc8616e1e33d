/**
 * A conversation's rows between turns: out of the engine as it writes them, and into a fresh configuration folder before
 * it goes on.
 *
 * The engine's word is input and no proof: rows of other conversations and of side threads are left out, and the file's
 * place comes from us alone.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionStore } from '@anthropic-ai/claude-agent-sdk';
import type { TranscriptRow } from './engine.ts';

/** A name of a file, so that nothing else may stand in it. */
export const conversationIdForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const belongs = (row: TranscriptRow, engineSessionId: string) =>
  row.sessionId === undefined || row.sessionId === engineSessionId;

/** Passes on each row once, where it has an id, as the engine writes it. */
export function createTranscriptStore(onRows: (rows: TranscriptRow[]) => void): SessionStore {
  const seen = new Set<string>();
  return {
    append: async ({ sessionId, subpath }, entries) => {
      if (subpath !== undefined) return;
      const rows = entries.filter((entry) => belongs(entry, sessionId) && !(entry.uuid && seen.has(entry.uuid)));
      for (const { uuid } of rows) if (uuid) seen.add(uuid);
      if (rows.length > 0) onRows(rows);
    },
    // Rows are laid out by `writeTranscript`, in the turn's own folder, so that none stand in a shared one.
    load: async () => null,
  };
}

/** Lays the rows out where the engine looks for a conversation of a program that starts in `cwd`. */
export async function writeTranscript(
  configDir: string,
  cwd: string,
  engineSessionId: string,
  rows: readonly TranscriptRow[],
): Promise<void> {
  if (!conversationIdForm.test(engineSessionId)) throw new Error(`${engineSessionId} is no conversation of the engine`);
  const folder = join(configDir, 'projects', cwd.replaceAll(/[^A-Za-z0-9]/g, '-'));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lines = rows.filter((row) => belongs(row, engineSessionId)).map((row) => `${JSON.stringify(row)}\n`);
  await writeFile(join(folder, `${engineSessionId}.jsonl`), lines.join(''), { mode: 0o600 });
}
