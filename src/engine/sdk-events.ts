/** Converts the Agent SDK's messages to our events; other kinds of messages produce none. */
import type { SDKMessage } from '@anthropic-ai/claude-agent-sdk';
import type { EngineEvent } from './engine.ts';

type Assistant = Extract<SDKMessage, { type: 'assistant' }>;
type User = Extract<SDKMessage, { type: 'user' }>;
type Result = Extract<SDKMessage, { type: 'result' }>;

type ToolNames = Map<string, string>;

function eventsOfAssistant(message: Assistant, names: ToolNames): EngineEvent[] {
  // The CLI's text for a failed call; the end of the turn explains it better.
  if (message.error) return [];
  return message.message.content.flatMap((block): EngineEvent[] => {
    if (block.type === 'text') return [{ kind: 'text', text: block.text }];
    if (block.type === 'thinking') return [{ kind: 'thinking', text: block.thinking }];
    if (block.type !== 'tool_use') return [];
    names.set(block.id, block.name);
    return [{ kind: 'tool-call', id: block.id, tool: block.name, input: block.input }];
  });
}

const textOf = (content: unknown): string => {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.flatMap((part: { text?: unknown }) => (typeof part.text === 'string' ? [part.text] : [])).join('\n');
};

function eventsOfUser(message: User, names: ToolNames): EngineEvent[] {
  const { content } = message.message;
  if (typeof content === 'string') return [];
  return content.flatMap((block): EngineEvent[] => {
    if (block.type !== 'tool_result') return [];
    const tool = names.get(block.tool_use_id);
    const result = { result: textOf(block.content), isError: block.is_error ?? false };
    return [{ kind: 'tool-result', id: block.tool_use_id, tool, ...result }];
  });
}

/** Creates a reader for one turn's messages; it remembers which tool a result belongs to. */
export function createEventReader(): (message: SDKMessage) => EngineEvent[] {
  const names: ToolNames = new Map();
  return (message) => {
    if (message.type === 'assistant') return eventsOfAssistant(message, names);
    if (message.type === 'user') return eventsOfUser(message, names);
    if (message.type === 'system' && message.subtype === 'init')
      return [{ kind: 'started', engineSessionId: message.session_id }];
    return [];
  };
}

/** How the turn ended according to the CLI. */
export interface ProgramEnd {
  outcome: 'done' | 'error';
  text?: string;
  why?: string;
  /** Whether the CLI gave up because the conversation is too long for the model. */
  isTooLong?: boolean;
}

/** Reasons with which the CLI ends a turn by itself. */
const tooLongReasons: readonly unknown[] = ['prompt_too_long', 'blocking_limit', 'rapid_refill_breaker'];

export function endOf(result: Result): ProgramEnd {
  const isTooLong = tooLongReasons.includes(result.terminal_reason);
  const more = isTooLong ? { isTooLong } : {};
  if (result.subtype !== 'success')
    return { outcome: 'error', why: result.errors.join('; ') || result.subtype, ...more };
  if (!result.is_error) return { outcome: 'done', text: result.result };
  return { outcome: 'error', why: result.result, ...more };
}
