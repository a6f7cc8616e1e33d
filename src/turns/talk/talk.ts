/**
 * The talk with the engine in one turn: it continues the session's conversation where that fits, and starts over where it does not.
 *
 * stored conversation -> does it fit? -> brief -> engine -> events, one by one -> notes -> how it ended, and whose fault it was.
 * What is too long for the model is said once more, cut. What it is about only its caller knows.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../../base/remove-folder.ts';
import type { ShownFolder } from '../../connections/folders.ts';
import type { EngineEvent, EngineRun } from '../../engine/engine.ts';
import type { Refusal } from '../../refusal.ts';
import { toolName } from '../../tools/call-words.ts';
import { type Turn, warn } from '../turn.ts';
import { type Conversation, type Ended, type Followed, follow } from './follow-engine.ts';
import { createModelState } from './model-state.ts';
import { refusedResume, startsOverText } from './resume.ts';
import { systemPrompt } from './system-prompt.ts';
import { engineOf, type TurnEngine } from './turn-engine.ts';
import { createTurnMemory } from './turn-memory.ts';

/** What the engine continues: a conversation, or why it starts over. */
export interface Beginning {
  conversation?: Conversation;
  startsOver?: string;
  /** People's words are cut further, because the model said that the text was too long. */
  isCut?: true;
}

/** What the caller gives to the engine; the rest of the world does not exist for it. */
export interface Brief
  extends Pick<EngineRun, 'prompt' | 'tree' | 'gitView' | 'extraMounts' | 'builtinTools' | 'tools' | 'onListening'> {
  /** What the agent is here for, before its own instructions. */
  role: string;
}

/** What the engine is talked to about. */
export interface Topic {
  /** Why the stored conversation cannot continue; undefined when it can, or when none is needed yet. */
  misfit(conversation: Conversation | undefined): string | undefined;
  /** `runDir` is a folder of this try alone. */
  brief(beginning: Beginning, runDir: string): Promise<Brief>;
  /** What the conversation is about by now, which is stored with it. */
  about?(): string | undefined;
  /** Asked after every event: whether nothing is left for the engine to do, which is then stopped. */
  isOver?(): boolean;
  /** Called after every event. */
  heard?(event: EngineEvent): void;
  /** Called when the engine does not listen any more. */
  ended?(): void;
}

export interface TalkEnd {
  ended: Ended;
  /** Why the model was not let through any more, if money was the reason. */
  exhausted: Refusal | undefined;
  /** What failed the turn and every other one of the agent, with `until` where that is known. */
  outage: Refusal | undefined;
}

/** What a turn of the engine is made of besides the turn itself. */
interface Given {
  brief: Brief;
  conversation: Conversation | undefined;
  /** The end of the prompt. */
  memory: string;
  /** The folder of notes. */
  notes: NonNullable<EngineRun['memory']>;
  shown: readonly ShownFolder[];
  runDir: string;
  /** Aborted when nothing is left to do. */
  over: AbortSignal;
}

/** One per turn; the next topic continues from what was said before. */
export interface Talk {
  /** Why the model is not asked now, with `until`. */
  closed(): Promise<Refusal | undefined>;
  /** Resolves when the engine has ended and all that it cost is stored. */
  on(topic: Topic): Promise<TalkEnd>;
}

/** What the engine is given beside what every turn of the agent has. */
function engineRunOf(turn: Turn, given: Given): EngineRun {
  const { agent, worker, signal } = turn;
  const { brief, conversation, memory, notes, shown, runDir, over } = given;
  const { role, prompt, extraMounts, ...rest } = brief;
  return {
    ...rest,
    prompt: `${prompt}\n\n${memory}`,
    systemPrompt: systemPrompt(role, agent.instructions, shown),
    extraMounts: [...extraMounts, ...shown.map(({ mount }) => mount)],
    ...(conversation ? { conversation } : {}),
    model: agent.model.id,
    memory: notes,
    secrets: worker.secrets.ofEngine,
    runDir,
    turnTimeMs: agent.limits.turnMinutesMax * 60_000,
    stallMs: agent.limits.stallMinutesMax * 60_000,
    signal: AbortSignal.any([signal, over]),
  };
}

/** Each turn that misses one of its folders says so. */
async function foldersOf(turn: Turn) {
  const { shown, warnings } = await turn.worker.folders.engine();
  for (const text of warnings) await warn(turn, text);
  return shown;
}

export function createTalk(turn: Turn, { engine, exhausted }: TurnEngine = engineOf(turn)): Talk {
  const { order, worker, supervisor } = turn;
  const memory = createTurnMemory(turn);
  const modelState = createModelState(supervisor);
  let conversation = order.conversation;

  async function speak(topic: Topic, beginning: Beginning): Promise<Followed> {
    if (beginning.startsOver) await warn(turn, startsOverText(beginning.startsOver));
    const over = new AbortController();
    const runDir = mkdtempSync(join(worker.setup.runFolder, 't'));
    try {
      const notes = memory.layOut(runDir);
      const brief = await topic.brief(beginning, runDir);
      const shown = await foldersOf(turn);
      const { conversation: from } = beginning;
      const given = { brief, conversation: from, memory: memory.prompt(), notes, shown, runDir, over: over.signal };
      const followed = await follow(turn, {
        events: engine.run(engineRunOf(turn, given)),
        from,
        about: () => topic.about?.(),
        hasTool: (name) =>
          brief.builtinTools.includes(name) || brief.tools.some((tool) => toolName(name) === tool.name),
        each: (event) => {
          topic.heard?.(event);
          if (topic.isOver?.()) over.abort();
        },
        answered: modelState.answered,
      });
      conversation = followed.conversation ?? conversation;
      await memory.collect(notes.path);
      return followed;
    } finally {
      topic.ended?.();
      removeFolder(runDir);
    }
  }

  /** What is too long for the model is said once more, cut, with nothing of the conversation before it. */
  async function speakFitting(topic: Topic, beginning: Beginning): Promise<Followed> {
    const followed = await speak(topic, beginning);
    if (followed.ended.fault?.kind !== 'too-long') return followed;
    const { conversation: before, ...rest } = beginning;
    const again = before ? { startsOver: 'it grew too long for the model' } : rest;
    return speak(topic, { ...again, isCut: true });
  }

  async function speakOn(topic: Topic): Promise<Followed> {
    const stored = conversation;
    const misfit = topic.misfit(stored);
    if (misfit) return speakFitting(topic, { startsOver: misfit });
    const followed = await speakFitting(topic, stored ? { conversation: stored } : {});
    const refused = stored && refusedResume(followed);
    return refused ? speakFitting(topic, { startsOver: refused }) : followed;
  }

  return {
    closed: modelState.ask,
    async on(topic) {
      const { ended } = await speakOn(topic);
      await supervisor.call('engineEnded', {});
      return { ended, exhausted: exhausted(), outage: await modelState.outage(ended) };
    },
  };
}
