/**
 * Opens the engine for a topic: a folder with its notes, what the topic gives, the program in its sandbox.
 *
 * In advance or at the last moment it is the same. One that is opened in advance and not taken is closed: it never outlives its turn.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../../base/remove-folder.ts';
import type { ShownFolder } from '../../connections/folders.ts';
import type { Engine, EngineStart, StartedEngine } from '../../engine/engine.ts';
import { type Turn, warn } from '../turn.ts';
import type { Conversation } from './follow-engine.ts';
import { systemPrompt } from './system-prompt.ts';
import type { Setting, Topic, Try } from './topic.ts';
import type { TurnMemory } from './turn-memory.ts';

type Notes = NonNullable<EngineStart['memory']>;

export interface Opened extends Try {
  engine: StartedEngine;
  /** The folder of notes. */
  notes: Notes;
  /** Aborted when nothing is left to do. */
  over: AbortController;
  /** Ends the engine and removes its folder. */
  close(): Promise<void>;
}

interface Opener {
  /** Opens in advance. */
  expect(topic: Topic, conversation: Conversation | undefined): void;
  /** The engine that was opened in advance, if it fits; else one that is opened now. */
  take(topic: Topic, conversation: Conversation | undefined): Promise<Opened>;
  /** Closes what was opened in advance and not taken. */
  drop(): Promise<void>;
}

/** What the engine is given beside what every turn of the agent has. */
function startOf(
  { agent, worker, signal }: Turn,
  { role, extraMounts, ...rest }: Setting,
  shown: readonly ShownFolder[],
  { runDir, notes, over }: Pick<Opened, 'runDir' | 'notes' | 'over'>,
): EngineStart {
  return {
    ...rest,
    systemPrompt: systemPrompt(role, agent.instructions, shown),
    extraMounts: [...extraMounts, ...shown.map(({ mount }) => mount)],
    model: agent.model.id,
    memory: notes,
    secrets: worker.secrets.ofEngine,
    runDir,
    turnTimeMs: agent.limits.turnMinutesMax * 60_000,
    stallMs: agent.limits.stallMinutesMax * 60_000,
    signal: AbortSignal.any([signal, over.signal]),
  };
}

/** Each turn that misses one of its folders says so. */
async function foldersOf(turn: Turn) {
  const { shown, warnings } = await turn.worker.folders.engine();
  for (const text of warnings) await warn(turn, text);
  return shown;
}

async function open(
  turn: Turn,
  engine: Engine,
  memory: TurnMemory,
  topic: Topic,
  conversation: Conversation | undefined,
): Promise<Opened> {
  const runDir = mkdtempSync(join(turn.worker.setup.runFolder, 't'));
  try {
    const notes = memory.layOut(runDir);
    const [setting, shown] = await Promise.all([topic.setting(runDir), foldersOf(turn)]);
    const over = new AbortController();
    const start = startOf(turn, setting, shown, { runDir, notes, over });
    const started = engine.start({ ...start, ...(conversation ? { conversation } : {}) });
    async function close(): Promise<void> {
      await started.end();
      removeFolder(runDir);
    }
    return { setting, runDir, notes, over, engine: started, close };
  } catch (error) {
    removeFolder(runDir);
    throw error;
  }
}

export function createOpener(turn: Turn, engine: Engine, memory: TurnMemory): Opener {
  let expected: { topic: Topic; conversation: Conversation | undefined; opened: Promise<Opened> } | undefined;

  async function drop(): Promise<void> {
    const unused = expected;
    expected = undefined;
    if (!unused) return;
    const [opened] = await Promise.allSettled([unused.opened]);
    if (opened.status === 'fulfilled') await opened.value.close();
  }

  return {
    expect(topic, conversation) {
      const opened = open(turn, engine, memory, topic, conversation);
      // If it fails, that is the business of who takes it.
      void Promise.allSettled([opened]);
      expected = { topic, conversation, opened };
    },
    async take(topic, conversation) {
      const early = expected;
      if (early?.topic !== topic || early.conversation !== conversation) {
        await drop();
        return open(turn, engine, memory, topic, conversation);
      }
      expected = undefined;
      return early.opened;
    },
    drop,
  };
}
