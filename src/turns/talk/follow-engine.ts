/** Follows the engine's events through a turn: into the session's log and its transcript, one by one as they come. */
import type { Clock } from '../../base/clock.ts';
import type { EngineEvent, TranscriptRow } from '../../engine/engine.ts';
import type { LogEntry } from '../../ipc/protocol.ts';
import type { Conversation } from '../item/resume.ts';
import type { Ended } from '../item/turn-outcome.ts';
import { entryOf } from './log-entry.ts';

export interface FollowOptions {
  record: (entries: LogEntry[]) => Promise<void>;
  storeTranscript: (conversation: Conversation) => Promise<void>;
  /** Called when the model gave a whole answer. */
  modelAnswered: () => Promise<void>;
  /** The conversation as it stood before the first turn. */
  conversation: Conversation | undefined;
  clock: Clock;
}

export interface Followed {
  ended: Ended;
  /** Whether the engine came as far as to name its conversation. */
  hasBegun: boolean;
}

interface FollowedTurn {
  events: AsyncIterable<EngineEvent>;
  /** What the turn goes on with; undefined where it begins a conversation. */
  from: Conversation | undefined;
  /** The plan that the conversation is about by now. */
  planHash: () => string | undefined;
  /** Called after every event. */
  each: () => void;
}

export interface Follower {
  /** What the next turn goes on from; undefined while nothing was said. */
  conversation(): Conversation | undefined;
  /** Resolves with the turn's end. */
  follow(turn: FollowedTurn): Promise<Followed>;
}

export function createFollower({
  record,
  storeTranscript,
  modelAnswered,
  conversation: first,
  clock,
}: FollowOptions): Follower {
  let conversation = first;
  return {
    conversation: () => conversation,
    async follow({ events, from, planHash, each }) {
      const rows: TranscriptRow[] = [...(from?.rows ?? [])];
      let engineSessionId: string | undefined;
      const store = async (id: string, news: readonly TranscriptRow[]) => {
        rows.push(...news);
        const about = planHash();
        const named = { engineSessionId: id, ...(about === undefined ? {} : { planHash: about }) };
        conversation = { ...named, rows };
        await storeTranscript({ ...named, rows: news });
      };
      for await (const event of events) {
        const entry = entryOf(event, clock.now());
        if (entry) await record([entry]);
        each();
        // A tool is only called once the answer that asks for it is whole.
        if (event.kind === 'tool-result') await modelAnswered();
        if (event.kind === 'started') engineSessionId = event.engineSessionId;
        if (event.kind === 'transcript' && engineSessionId !== undefined) await store(engineSessionId, event.rows);
        if (event.kind !== 'ended') continue;
        if (event.outcome === 'done') await modelAnswered();
        // The plan may have been handed in after the last row came.
        if (engineSessionId !== undefined) await store(engineSessionId, []);
        return { ended: event, hasBegun: engineSessionId !== undefined };
      }
      throw new Error('bug: the engine ended without saying so');
    },
  };
}
