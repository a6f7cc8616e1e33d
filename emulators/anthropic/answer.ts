/** Writes a scripted reply like the Messages API does: as one document, or as a stream of server-sent events. */
import { randomUUID } from 'node:crypto';
import type { Reply } from './script.ts';

interface AnswerUsage {
  input_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  output_tokens: number;
}

type AnswerBlock =
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: Record<string, unknown> };

interface Answer {
  id: string;
  type: 'message';
  role: 'assistant';
  model: string;
  content: AnswerBlock[];
  stop_reason: 'end_turn' | 'tool_use';
  stop_sequence: null;
  usage: AnswerUsage;
}

/** Estimates tokens: about four characters per token. */
export const tokensOf = (text: string) => Math.ceil(text.length / 4);

const idOf = (prefix: string) => `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 24)}`;

/** Builds the message for a filled reply; `inputTokens` is used unless the reply sets its own usage. */
export function buildAnswer(model: string, reply: Reply, inputTokens: number): Answer {
  const content = reply.flatMap((part): AnswerBlock[] => {
    if ('text' in part) return [{ type: 'text', text: part.text }];
    if (!('tool' in part)) return [];
    return [{ type: 'tool_use', id: idOf('toolu'), name: part.tool, input: part.input }];
  });
  const usage = reply.find((part) => 'usage' in part)?.usage ?? {};
  return {
    id: idOf('msg'),
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: content.some((part) => part.type === 'tool_use') ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage: {
      input_tokens: usage.input ?? inputTokens,
      cache_read_input_tokens: usage.cached ?? 0,
      cache_creation_input_tokens: 0,
      output_tokens: usage.output ?? tokensOf(JSON.stringify(content)),
    },
  };
}

/** The same message as an event stream (events as in the API's streaming reference). */
export function streamOf(answer: Answer): string {
  const { content, stop_reason, stop_sequence, usage, ...head } = answer;
  const events: { type: string; [field: string]: unknown }[] = [
    {
      type: 'message_start',
      message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage: { ...usage, output_tokens: 1 } },
    },
  ];
  content.forEach((part, index) => {
    const [empty, delta] =
      part.type === 'text'
        ? [
            { ...part, text: '' },
            { type: 'text_delta', text: part.text },
          ]
        : [
            { ...part, input: {} },
            { type: 'input_json_delta', partial_json: JSON.stringify(part.input) },
          ];
    events.push({ type: 'content_block_start', index, content_block: empty });
    events.push({ type: 'content_block_delta', index, delta });
    events.push({ type: 'content_block_stop', index });
  });
  events.push({
    type: 'message_delta',
    delta: { stop_reason, stop_sequence },
    usage: { output_tokens: usage.output_tokens },
  });
  events.push({ type: 'message_stop' });
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}
