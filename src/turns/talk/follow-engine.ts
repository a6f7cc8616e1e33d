/** Follows the engine's events through one conversation: into the session's log and its transcript, one by one as they come. */
import { redactValue } from '../../base/redact.ts';
import type { EngineEvent, TranscriptRow } from '../../engine/engine.ts';
import type { TurnOrder } from '../../ipc/protocol.ts';
import type { RefusedAct } from '../../refusal.ts';
import { mainArgument, toolName } from '../../tools/call-words.ts';
import { record, type Turn } from '../turn.ts';
import { entryOf } from './log-entry.ts';

/** What was said so far, as it is stored. */
export type Conversation = NonNullable<TurnOrder['conversation']>;

/** The last event of a turn of the engine. */
export type Ended = Extract<EngineEvent, { kind: 'ended' }>;

export interface Followed {
  ended: Ended;
  /** What the next turn continues from; undefined if the engine ended before it named it. */
  conversation: Conversation | undefined;
}

interface FollowOptions {
  events: AsyncIterable<EngineEvent>;
  /** What the turn continues; undefined if it begins a conversation. */
  from: Conversation | undefined;
  /** What the conversation is about by now. */
  about: () => string | undefined;
  /** Whether the model was given a tool of this name. */
  hasTool: (name: string) => boolean;
  /** Called after every event. */
  each: (event: EngineEvent) => void;
  /** Called when the model gave a whole answer. */
  answered: () => Promise<void>;
}

function missingTool({ tool, input }: Extract<EngineEvent, { kind: 'tool-call' }>): RefusedAct {
  return { action: toolName(tool), target: mainArgument(input), code: 'TOOL_UNAVAILABLE' };
}

/** Resolves with the turn's end. */
export async function follow(turn: Turn, options: FollowOptions): Promise<Followed> {
  const { events, from, about, hasTool, each, answered } = options;
  const rows: TranscriptRow[] = [...(from?.rows ?? [])];
  let conversation: Conversation | undefined;
  let engineSessionId: string | undefined;

  async function store(id: string, news: readonly TranscriptRow[]): Promise<void> {
    rows.push(...news);
    const subject = about();
    const named = { engineSessionId: id, ...(subject === undefined ? {} : { about: subject }) };
    conversation = { ...named, rows };
    await turn.supervisor.call('transcript', { ...named, rows: redactValue(turn.modelRedact, [...news]) });
  }

  for await (const event of events) {
    const entry = entryOf(event, turn.clock.now());
    if (entry) await record(turn, entry);
    each(event);
    // The engine's own program says no to these.
    if (event.kind === 'tool-call' && !hasTool(event.tool)) turn.refused(missingTool(event));
    // A tool is only called once the answer that asks for it is whole.
    if (event.kind === 'tool-result') await answered();
    if (event.kind === 'started') engineSessionId = event.engineSessionId;
    if (event.kind === 'transcript' && engineSessionId !== undefined) await store(engineSessionId, event.rows);
    if (event.kind !== 'ended') continue;
    if (event.outcome === 'done') await answered();
    // What the conversation is about may have changed after its last row.
    if (engineSessionId !== undefined) await store(engineSessionId, []);
    return { ended: event, conversation };
  }
  throw new Error('bug: the engine ended without saying so');
}
