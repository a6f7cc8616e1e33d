/**
 * The notes of an agent in one turn: laid out as `/memory` and shown in the prompt, then read back as a stranger's files.
 *
 * order -> redacted -> folder, prompt -> engine -> folder -> redacted -> what changed, to the supervisor
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { activityFile, readMemory } from '../../agents/memory-folder.ts';
import { dataBlock } from '../../base/data-block.ts';
import { endOf } from '../../documents/cut.ts';
import type { EngineRun } from '../../engine/engine.ts';
import type { TurnOrder } from '../../ipc/protocol.ts';
import { limits } from '../../limits.ts';
import { record, type Turn } from '../turn.ts';

type Notes = TurnOrder['memory']['files'][number];

export interface TurnMemory {
  /** Fills a fresh folder in `runDir`. */
  layOut(runDir: string): NonNullable<EngineRun['memory']>;
  /** What comes right after a prompt: the notes, without what is to be done with them; empty where there are none. */
  prompt(): string;
  /** Keeps what the engine changed in the folder; other files stay where they are. */
  collect(folder: string): Promise<void>;
}

/** The end of a text that is too long, since what is newest stands there. */
function shown({ file, text }: Notes, charsMax: number): string {
  if (text.length <= charsMax) return dataBlock(`notes from earlier turns, ${file}`, text);
  return dataBlock(`notes from earlier turns, the end of ${file}`, endOf(text, charsMax));
}

/** What an agent noted, and notes, as one turn of it sees it. */
export function createTurnMemory(
  turn: Pick<Turn, 'order' | 'supervisor' | 'redact' | 'modelRedact' | 'clock'>,
): TurnMemory {
  const { memory } = turn.order;
  const { supervisor, clock, modelRedact: redact } = turn;
  const note = (text: string) => record(turn, { at: clock.now(), kind: 'memory', text });
  const bases = new Map(memory.files.map(({ file, base }) => [file, base]));
  let known: readonly Notes[] = memory.files.map((notes) => ({ ...notes, text: redact(notes.text) }));

  return {
    layOut(runDir) {
      const path = join(runDir, 'memory');
      mkdirSync(path, { mode: 0o700 });
      for (const { file, text } of known) writeFileSync(join(path, file), text, { mode: 0o600 });
      writeFileSync(join(path, activityFile), redact(memory.activity), { mode: 0o600 });
      return { path, readOnlyPaths: [activityFile] };
    },
    prompt() {
      const charsMax = Math.floor(limits.memoryPromptCharsMax / Math.max(1, known.length));
      const texts = known.map((notes) => shown(notes, charsMax));
      return texts.length > 0 ? ['', 'Notes from earlier turns:', ...texts].join('\n\n') : '';
    },
    async collect(folder) {
      const reading = readMemory(folder);
      if (!reading) return note('the notes could not be read');
      const { files, refused } = reading;
      if (refused.length > 0) await note(`not taken: ${refused.map(({ file, why }) => `${file} (${why})`).join(', ')}`);
      const before = new Map(known.map(({ file, text }) => [file, text]));
      const there = new Set([...files, ...refused].map(({ file }) => file));
      const gone = known.filter(({ file }) => !there.has(file)).map((notes) => ({ ...notes, text: '' }));
      const found = files.map(({ file, text }) => ({ file, text: redact(text), base: bases.get(file) ?? 0 }));
      const changed = [...found, ...gone].filter(({ file, text }) => text !== (before.get(file) ?? ''));
      if (changed.length === 0) return;
      const kept = known.filter(({ file }) => refused.some((one) => one.file === file));
      known = [...found.filter(({ text }) => text !== ''), ...kept];
      await supervisor.call('memory', { files: changed });
    },
  };
}
