/**
 * A conversation's rows between turns: collected while the engine writes them, and put into a new configuration folder before it
 * continues.
 *
 * The engine's data is not trusted: rows of other conversations and of side threads are dropped, and only we choose the
 * path of the file.
 */
import { join } from 'node:path';
import type { SessionStore } from '@anthropic-ai/claude-agent-sdk';
import type { TranscriptRow } from './engine.ts';

/** The id becomes a file name, so no other characters are allowed. */
export const conversationIdForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const belongs = (row: TranscriptRow, engineSessionId: string) =>
  row.sessionId === undefined || row.sessionId === engineSessionId;

/** Passes on the rows while the engine writes them; a row with an id only once. */
export function createTranscriptStore(onRows: (rows: TranscriptRow[]) => void): SessionStore {
  const seen = new Set<string>();
  return {
    append: async ({ sessionId, subpath }, entries) => {
      if (subpath !== undefined) return;
      const rows = entries.filter((entry) => belongs(entry, sessionId) && !(entry.uuid && seen.has(entry.uuid)));
      for (const { uuid } of rows) if (uuid) seen.add(uuid);
      if (rows.length > 0) onRows(rows);
    },
    // `transcriptFile` puts the rows into the turn's own folder, so nothing is loaded from a shared one.
    load: async () => null,
  };
}

/** The file in which the engine, started in `cwd`, looks for the conversation: its path in the configuration folder, and its text. */
export function transcriptFile(
  cwd: string,
  engineSessionId: string,
  rows: readonly TranscriptRow[],
): Readonly<Record<'path' | 'text', string>> {
  if (!conversationIdForm.test(engineSessionId))
    throw new Error(`${engineSessionId} is not a conversation id of the engine`);
  const folder = join('projects', cwd.replaceAll(/[^A-Za-z0-9]/g, '-'));
  const lines = rows.filter((row) => belongs(row, engineSessionId)).map((row) => `${JSON.stringify(row)}\n`);
  return { path: join(folder, `${engineSessionId}.jsonl`), text: lines.join('') };
}
