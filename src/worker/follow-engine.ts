/** Follows the engine's events through a turn: into the session's log and its transcript, one by one as they come. */
import type { Clock } from '../base/clock.ts';
import type { EngineEvent, EngineTurn, TranscriptRow } from '../engine/engine.ts';
import type { LogEntry } from '../ipc/protocol.ts';
import { entryOf } from './log-entry.ts';
import type { Ended } from './turn-outcome.ts';

export interface FollowOptions {
  record: (entries: LogEntry[]) => Promise<void>;
  storeTranscript: (engineSessionId: string, rows: readonly TranscriptRow[]) => Promise<void>;
  /** Counts the turn; resolves when everything that it cost is stored. */
  engineEnded: () => Promise<void>;
  /** The conversation as it stood before the first turn. */
  conversation: EngineTurn['conversation'];
  clock: Clock;
}

export interface Follower {
  /** What the next turn goes on from; undefined while nothing was said. */
  conversation(): NonNullable<EngineTurn['conversation']> | undefined;
  /** Resolves with the turn's end; `each` is called after every event. */
  follow(events: AsyncIterable<EngineEvent>, each: () => void): Promise<Ended>;
}

export function createFollower(options: FollowOptions): Follower {
  let conversation = options.conversation;
  return {
    conversation: () => (conversation && conversation.rows.length > 0 ? conversation : undefined),
    async follow(events, each) {
      const rows: TranscriptRow[] = [...(conversation?.rows ?? [])];
      let engineSessionId = conversation?.engineSessionId ?? '';
      for await (const event of events) {
        const entry = entryOf(event, options.clock.now());
        if (entry) await options.record([entry]);
        each();
        if (event.kind === 'started') engineSessionId = event.engineSessionId;
        if (event.kind === 'transcript') {
          rows.push(...event.rows);
          await options.storeTranscript(engineSessionId, event.rows);
        }
        if (event.kind !== 'ended') continue;
        conversation = { engineSessionId, rows };
        await options.engineEnded();
        return event;
      }
      throw new Error('bug: the engine ended without saying so');
    },
  };
}
