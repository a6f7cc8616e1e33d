import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memoryFolderOf, readMemory } from '../../src/agents/memory-folder.ts';
import { limits } from '../../src/limits.ts';

function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'memory-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** An agent's folder with a `memory/` that holds these files. */
function agentWith(files: Readonly<Record<string, string>>): { agent: string; memory: string } {
  const agent = testFolder();
  const memory = join(agent, 'memory');
  mkdirSync(memory);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(memory, file), text, { mode: 0o600 });
  return { agent, memory };
}

describe('a folder that a hostile program filled', () => {
  it('gives the notes in it and nothing else', () => {
    const { memory } = agentWith({ 'notes.md': '- a\n', 'lessons-2.md': 'b', 'activity.md': 'forged' });
    const weird = [
      'Notes.md',
      'a.txt',
      '.md',
      '.hidden.md',
      'ä.md',
      'a b.md',
      'x\ny.md',
      '-rf',
      `${'a'.repeat(61)}.md`,
    ];
    for (const name of weird) writeFileSync(join(memory, name), 'x');
    mkdirSync(join(memory, 'deep'));
    writeFileSync(join(memory, 'deep', 'inner.md'), 'x');
    expect(readMemory(memory)).toEqual({
      files: [
        { file: 'lessons-2.md', text: 'b' },
        { file: 'notes.md', text: '- a\n' },
      ],
      refused: [],
    });
  });

  it('leads to no file outside it', () => {
    const { agent, memory } = agentWith({});
    writeFileSync(join(agent, 'secrets.env'), 'AZDO_PAT=canary');
    symlinkSync(join(agent, 'secrets.env'), join(memory, 'link.md'));
    symlinkSync('/etc', join(memory, 'folder.md'));
    linkSync(join(agent, 'secrets.env'), join(memory, 'hard.md'));
    const reading = readMemory(memory);
    expect(reading?.files).toEqual([]);
    expect(reading?.refused).toEqual([
      { file: 'folder.md', why: 'link' },
      { file: 'hard.md', why: 'link' },
      { file: 'link.md', why: 'link' },
    ]);
    expect(readMemory(join(memory, 'folder.md'))).toBeUndefined();
  });

  it('cannot make us wait, or read without end', () => {
    const { memory } = agentWith({ 'notes.md': 'kept', 'bytes.md': '', 'large.md': '' });
    writeFileSync(join(memory, 'bytes.md'), Buffer.from([0xff, 0xfe, 0x41]));
    truncateSync(join(memory, 'large.md'), 100 << 20);
    mkdirSync(join(memory, 'folder.md'));
    execFileSync('/usr/bin/mkfifo', [join(memory, 'pipe.md')], { env: {} });
    const reading = readMemory(memory);
    expect(reading?.files).toEqual([{ file: 'notes.md', text: 'kept' }]);
    expect(reading?.refused).toEqual([
      { file: 'bytes.md', why: 'not UTF-8 text' },
      { file: 'folder.md', why: 'special' },
      { file: 'large.md', why: 'too-big' },
      { file: 'pipe.md', why: 'special' },
    ]);
  });

  it('counts for nothing when it has too many names, and for the first files when it has too many', () => {
    const { memory } = agentWith({});
    for (let n = 0; n <= limits.memoryFilesMax; n++) writeFileSync(join(memory, `n-${100 + n}.md`), 'x');
    const last = `n-${100 + limits.memoryFilesMax}.md`;
    expect(readMemory(memory)?.refused).toEqual([{ file: last, why: `more than ${limits.memoryFilesMax} files` }]);
    for (let n = 0; n < limits.memoryNamesMax; n++) writeFileSync(join(memory, `n${n}`), '');
    expect(readMemory(memory)).toBeUndefined();
  });

  it('gives text without control characters', () => {
    const { memory } = agentWith({ 'notes.md': 'a\u0000\u001b[2Jb\r\n\tc' });
    expect(readMemory(memory)?.files).toEqual([{ file: 'notes.md', text: 'a[2Jb\n\tc' }]);
  });
});

describe("an agent's own folder", () => {
  it('does not count files that others can write', () => {
    const { agent, memory } = agentWith({ 'notes.md': 'a' });
    chmodSync(join(memory, 'notes.md'), 0o664);
    expect(memoryFolderOf(agent).read()).toEqual({
      files: [],
      refused: [{ file: 'notes.md', why: 'others can write it' }],
    });
  });

  it('is written for its owner alone, and a link in it is replaced, not followed', () => {
    const { agent, memory } = agentWith({ 'old.md': 'x' });
    writeFileSync(join(agent, 'CLAUDE.md'), 'mine');
    symlinkSync(join(agent, 'CLAUDE.md'), join(memory, 'notes.md'));
    const folder = memoryFolderOf(agent);
    folder.write({ file: 'notes.md', text: 'new' });
    folder.write({ file: 'old.md', text: '' });
    expect(readFileSync(join(agent, 'CLAUDE.md'), 'utf8')).toBe('mine');
    expect(statSync(join(memory, 'notes.md')).mode & 0o777).toBe(0o600);
    expect(existsSync(join(memory, 'old.md'))).toBe(false);
    expect(folder.read()?.files).toEqual([{ file: 'notes.md', text: 'new' }]);
  });
});
