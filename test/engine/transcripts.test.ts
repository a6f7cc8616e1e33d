/** Only a conversation's own rows are kept and laid out, and only at our place. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TranscriptRow } from '../../src/engine/engine.ts';
import { createTranscriptStore, writeTranscript } from '../../src/engine/transcripts.ts';

const id = '11111111-2222-3333-4444-555555555555';

describe('the transcript', () => {
  it('passes rows on once, of this conversation and its main thread only', async () => {
    const seen: TranscriptRow[] = [];
    const store = createTranscriptStore((rows) => seen.push(...rows));
    const key = { projectKey: '-tree', sessionId: id };
    await store.append(key, [{ type: 'user', uuid: 'a', sessionId: id }, { type: 'mode' }]);
    await store.append(key, [
      { type: 'user', uuid: 'a', sessionId: id },
      { type: 'user', uuid: 'b', sessionId: 'another' },
    ]);
    await store.append({ ...key, subpath: 'subagents/x' }, [{ type: 'user', uuid: 'c', sessionId: id }]);
    expect(seen).toEqual([{ type: 'user', uuid: 'a', sessionId: id }, { type: 'mode' }]);
  });

  it('is put where the engine looks, without the rows of others', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'jv-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const row = { type: 'future kind', text: 'line\nbreak', sessionId: id };
    await writeTranscript(folder, '/tree', id, [row, { type: 'user', sessionId: 'another' }]);
    expect(await readFile(join(folder, `projects/-tree/${id}.jsonl`), 'utf8')).toBe(`${JSON.stringify(row)}\n`);
  });

  it('does not take a file name for a conversation', async () => {
    await expect(writeTranscript('/nonexistent', '/tree', '../../x', [])).rejects.toThrow(/not a conversation id/);
  });
});
