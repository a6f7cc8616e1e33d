/** What a turn talks about with the engine: what the engine is started with, and what it is told once it runs. */
import type { EngineEvent, EngineStart, EngineWords } from '../../engine/engine.ts';
import type { Conversation } from './follow-engine.ts';

/** What the engine continues: a conversation, or why it starts over. */
export interface Beginning {
  conversation?: Conversation;
  startsOver?: string;
  /** People's words are cut further, because the model said that the text was too long. */
  isCut?: true;
}

/** What the caller starts the engine with; the rest of the world does not exist for it. */
export interface Setting extends Pick<EngineStart, 'tree' | 'gitView' | 'extraMounts' | 'builtinTools' | 'tools'> {
  /** What the agent is here for, before its own instructions. */
  role: string;
}

/** One try of the engine: what it was started with, and its folder on the host. */
export interface Try {
  setting: Setting;
  runDir: string;
}

/** What the engine is talked to about. */
export interface Topic {
  /** Why the stored conversation cannot continue; undefined when it can, or when none is needed yet. */
  misfit(conversation: Conversation | undefined): string | undefined;
  /** `runDir` is a folder of this try alone. */
  setting(runDir: string): Promise<Setting>;
  /** What it is told, gathered while it starts. */
  words(beginning: Beginning, opened: Try): Promise<EngineWords>;
  /** What the conversation is about by now, which is stored with it. */
  about?(): string | undefined;
  /** Asked after every event: whether nothing is left for the engine to do, which is then stopped. */
  isOver?(): boolean;
  /** Called after every event. */
  heard?(event: EngineEvent): void;
  /** Called when the engine does not listen any more. */
  ended?(): void;
}
