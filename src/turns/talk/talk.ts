/**
 * The talk with the engine in one turn: it continues the session's conversation where that fits, and starts over where it does not.
 *
 * stored conversation -> does it fit? -> the engine, started -> its words -> events, one by one -> notes -> how it ended, and whose
 * fault it was. An engine that is expected starts in advance. What is too long for the model is said once more, cut. What it is about
 * only its caller knows.
 */
import type { Refusal } from '../../refusal.ts';
import { toolName } from '../../tools/call-words.ts';
import { type Turn, warn } from '../turn.ts';
import { type Ended, type Followed, follow } from './follow-engine.ts';
import { createModelState } from './model-state.ts';
import { createOpener, type Opened } from './open-engine.ts';
import { refusedResume, startsOverText } from './resume.ts';
import type { Beginning, Topic } from './topic.ts';
import { engineOf, type TurnEngine } from './turn-engine.ts';
import { createTurnMemory } from './turn-memory.ts';

export interface TalkEnd {
  ended: Ended;
  /** Why the model was not let through any more, if money was the reason. */
  exhausted: Refusal | undefined;
  /** What failed the turn and every other one of the agent, with `until` where that is known. */
  outage: Refusal | undefined;
}

/** One per turn; the next topic continues from what was said before. */
export interface Talk {
  /** Why the model is not asked now, with `until`. */
  closed(): Promise<Refusal | undefined>;
  /** Starts the engine for a topic that comes next, unless something prevents it. Never for one that may change code: that needs a permit. */
  expect(topic: Topic): void;
  /** Resolves when the engine has ended and all that it cost is stored. */
  on(topic: Topic): Promise<TalkEnd>;
  /** The turn has nothing more to say: an engine that was expected in vain is gone when this resolves. */
  end(): Promise<void>;
}

export function createTalk(turn: Turn, { engine, exhausted }: TurnEngine = engineOf(turn)): Talk {
  const { order, supervisor } = turn;
  const memory = createTurnMemory(turn);
  const modelState = createModelState(supervisor);
  const opener = createOpener(turn, engine, memory);
  let conversation = order.conversation;

  async function converse(topic: Topic, beginning: Beginning, opened: Opened): Promise<Followed> {
    const { setting, over, notes } = opened;
    const { prompt, ...more } = await topic.words(beginning, opened);
    const followed = await follow(turn, {
      events: opened.engine.talk({ ...more, prompt: prompt + memory.prompt() }),
      from: beginning.conversation,
      about: () => topic.about?.(),
      hasTool: (name) =>
        setting.builtinTools.includes(name) || setting.tools.some((tool) => toolName(name) === tool.name),
      each: (event) => {
        topic.heard?.(event);
        if (topic.isOver?.()) over.abort();
      },
      answered: modelState.answered,
    });
    conversation = followed.conversation ?? conversation;
    await memory.collect(notes.path);
    return followed;
  }

  async function speak(topic: Topic, beginning: Beginning): Promise<Followed> {
    if (beginning.startsOver) await warn(turn, startsOverText(beginning.startsOver));
    const opened = await opener.take(topic, beginning.conversation);
    try {
      return await converse(topic, beginning, opened);
    } finally {
      topic.ended?.();
      await opened.close();
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
    expect(topic) {
      opener.expect(topic, topic.misfit(conversation) ? undefined : conversation);
    },
    end: opener.drop,
    async on(topic) {
      const { ended } = await speakOn(topic);
      await supervisor.call('engineEnded', {});
      return { ended, exhausted: exhausted(), outage: await modelState.outage(ended) };
    },
  };
}
