/** From an event of the engine to a line of the session's conversation log; what only machines need has none, and how it ended is said once it is known what that means. */
import { textOfBlock } from '../../base/data-block.ts';
import type { EngineEvent } from '../../engine/engine.ts';
import type { LogEntry } from '../../ipc/protocol.ts';

export function entryOf(event: EngineEvent, at: number): LogEntry | undefined {
  switch (event.kind) {
    case 'text':
    case 'thinking':
      return { at, kind: event.kind, text: event.text };
    case 'tool-call':
      return { at, kind: 'tool-call', tool: event.tool, input: event.input };
    case 'tool-result': {
      const entry = { at, kind: event.isError ? 'tool-error' : 'tool-result', result: textOfBlock(event.result) };
      return event.tool === undefined ? entry : { ...entry, tool: event.tool };
    }
    default:
      return undefined;
  }
}
