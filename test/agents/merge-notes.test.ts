import { describe, expect, it } from 'vitest';
import { mergeNotes } from '../../src/agents/merge-notes.ts';
import { limits } from '../../src/limits.ts';

const base = '# Notes\n\n- one\n- two\n';

describe('notes of two sessions', () => {
  it('are the draft, to the letter, where nothing came in between', () => {
    expect(mergeNotes(base, base, 'anything')).toBe('anything');
    expect(mergeNotes('', '', '- first\n')).toBe('- first\n');
  });

  it('hold what both added, once', () => {
    const merged = mergeNotes(base, `${base}- theirs\n- both\n`, `${base}- ours\n- both\n`);
    expect(merged).toBe(`${base}- theirs\n- both\n- ours\n`);
    expect(mergeNotes('', '- theirs', '- ours\n')).toBe('- theirs\n- ours\n');
  });

  it('lack what either took out', () => {
    expect(mergeNotes(base, '# Notes\n\n- two\n- three\n', '# Notes\n\n- one\n')).toBe('# Notes\n\n- three\n');
  });

  it('lose their oldest lines where all together are too long', () => {
    const long = `${'x'.repeat(limits.memoryFileBytesMax - 10)}\n- newer\n`;
    expect(mergeNotes('', long, '- newest\n')).toBe('- newer\n- newest\n');
  });
});
