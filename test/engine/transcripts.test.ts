/** Only a conversation's own rows are kept and laid out, and only at our place. */
import { describe, expect, it } from 'vitest';
import type { TranscriptRow } from '../../src/engine/engine.ts';
import { createTranscriptStore, transcriptFile } from '../../src/engine/transcripts.ts';

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

  it('is put where the engine looks, without the rows of others', () => {
    const row = { type: 'future kind', text: 'line\nbreak', sessionId: id };
    const file = transcriptFile('/tree', id, [row, { type: 'user', sessionId: 'another' }]);
    expect(file).toEqual({ path: `projects/-tree/${id}.jsonl`, text: `${JSON.stringify(row)}\n` });
  });

  it('does not take a file name for a conversation', () => {
    expect(() => transcriptFile('/tree', '../../x', [])).toThrow(/not a conversation id/);
  });
});
