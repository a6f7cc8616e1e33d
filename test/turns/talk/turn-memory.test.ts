import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TurnOrder } from '../../../src/ipc/protocol.ts';
import { limits } from '../../../src/limits.ts';
import { createTurnMemory } from '../../../src/turns/talk/turn-memory.ts';
import { itemTurn, orderFor, supervisorOf } from '../turn.ts';

type Memory = TurnOrder['memory'];

function begin(memory: Partial<Memory> = {}) {
  const runDir = mkdtempSync(join(tmpdir(), 'turn-memory-'));
  onTestFinished(() => rmSync(runDir, { recursive: true, force: true }));
  const kept: Memory['files'][] = [];
  const noted: (string | undefined)[] = [];
  const { supervisor } = supervisorOf({
    memory: ({ files }) => void kept.push(files),
    record: ({ entries }) => void noted.push(...entries.map(({ text }) => text)),
  });
  const turn = createTurnMemory(
    itemTurn({
      order: orderFor('wi-12', { memory: { files: [], activity: '', ...memory } }),
      parts: { supervisor, hidden: [{ name: 'CRM_TOKEN', value: 'canary-of-acme' }] },
    }),
  );
  const { path, readOnlyPaths } = turn.layOut(runDir);
  const collect = () => turn.collect(path);
  return { turn, path, readOnlyPaths, kept, noted, collect, at: (file: string) => join(path, file) };
}

const notes = (text: string) => ({ file: 'notes.md', text, base: 3 });

describe('the notes of a turn', () => {
  it('are in its folder, and in a data block at the end of its prompt', () => {
    const { turn, at, readOnlyPaths } = begin({ files: [notes('- keep keys\n')], activity: '- pushed\n' });
    expect(readFileSync(at('notes.md'), 'utf8')).toBe('- keep keys\n');
    expect(readFileSync(at('activity.md'), 'utf8')).toBe('- pushed\n');
    expect(readOnlyPaths).toEqual(['activity.md']);
    const fenced = /<<<data ([0-9a-f]{12}) notes from earlier turns, notes\.md\n- keep keys\n\ndata>>> \1$/;
    expect(turn.prompt()).toMatch(fenced);
    expect(turn.prompt()).not.toContain('pushed');
  });

  it('are cut to their end in the prompt if they are long', () => {
    const { turn } = begin({ files: [notes(`- oldest\n${'x'.repeat(limits.memoryPromptCharsMax)}\n- newest\n`)] });
    expect(turn.prompt()).toContain('- newest');
    expect(turn.prompt()).not.toContain('- oldest');
    expect(turn.prompt().length).toBeLessThan(limits.memoryPromptCharsMax + 2_000);
  });

  it('are kept if they changed, with their origin', async () => {
    const { at, kept, collect } = begin({ files: [notes('- a\n'), { file: 'b.md', text: 'b', base: 5 }] });
    await collect();
    expect(kept).toEqual([]);
    appendFileSync(at('notes.md'), '- new\n');
    writeFileSync(at('c.md'), 'c');
    rmSync(at('b.md'));
    await collect();
    expect(kept).toEqual([
      [
        { file: 'c.md', text: 'c', base: 0 },
        { file: 'notes.md', text: '- a\n- new\n', base: 3 },
        { file: 'b.md', text: '', base: 5 },
      ],
    ]);
    await collect();
    expect(kept).toHaveLength(1);
  });

  it('hold no secret on their way in or out', async () => {
    const { turn, at, kept, collect } = begin({ files: [notes('- canary-of-acme\n')], activity: 'canary-of-acme' });
    const shown = [turn.prompt(), readFileSync(at('notes.md'), 'utf8'), readFileSync(at('activity.md'), 'utf8')];
    expect(shown.join()).not.toContain('canary-of-acme');
    appendFileSync(at('notes.md'), `${Buffer.from('canary-of-acme').toString('base64')}\n`);
    await collect();
    expect(kept).toEqual([
      [notes(expect.stringMatching(/^- \[jvagent-redacted:CRM_TOKEN\]\n\[jvagent-redacted:CRM_TOKEN\]/))],
    ]);
  });

  it('stay unchanged if something else is in their place', async () => {
    const { path, at, kept, noted, collect } = begin({ files: [notes('- a\n')] });
    rmSync(at('notes.md'));
    symlinkSync('/etc/passwd', at('notes.md'));
    writeFileSync(at('activity.md'), 'forged');
    await collect();
    expect(kept).toEqual([]);
    expect(noted).toEqual(['not taken: notes.md (link)']);
    rmSync(path, { recursive: true });
    symlinkSync('/etc', path);
    await collect();
    expect(kept).toEqual([]);
    expect(noted).toHaveLength(2);
  });
});
