/**
 * The provider's betas: which are allowed, and which fields of a request need one.
 *
 * The provider answers a field without its beta with 400, so both are passed on or both are removed. From the types of
 * @anthropic-ai/sdk 1.10 (`AnthropicBeta`, resources/beta/messages) and the names that Claude Code 2.1.328 has.
 */
import { known } from '../../base/known.ts';
import type { ModelRequest } from './request-schema.ts';

/** Names without their dates. None of them makes the provider connect to other systems, run code, or charge differently. */
const admitted = new Set([
  ...['claude-code', 'effort', 'task-budgets', 'structured-outputs', 'token-counting', 'token-efficient-tools'],
  ...['interleaved-thinking', 'thinking-token-count', 'thinking-display-updates', 'thinking-binding-controls'],
  ...['context-management', 'context-1m', 'output-128k', 'output-300k', 'model-context-window-exceeded'],
  ...['prompt-caching', 'extended-cache-ttl', 'fine-grained-tool-streaming', 'advanced-tool-use', 'tool-search-tool'],
  ...['per-turn-control', 'mid-conversation-output-config', 'mid-conversation-system'],
  ...['mid-conversation-system-clear-at', 'mid-conversation-tool-changes'],
]);

const stemOf = (beta: string) => beta.replace(/-\d{4}-?\d{2}-?\d{2}$/, '');

/** Splits the value of the header `anthropic-beta` into allowed names and dropped names. */
export function allowedBetas(header: string): { names: string[]; dropped: string[] } {
  const named = header.split(',').flatMap((beta) => beta.trim() || []);
  return {
    names: named.filter((beta) => admitted.has(stemOf(beta))),
    dropped: named.filter((beta) => !admitted.has(stemOf(beta))),
  };
}

type Message = ModelRequest['messages'][number];

function withoutField<T extends object>(value: T, name: string): T {
  return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name)) as T;
}

/** The request without the fields whose beta is missing in `betas`. */
export function withoutUnannounced(request: ModelRequest, betas: readonly string[]): ModelRequest {
  const stems = betas.map(stemOf);
  const has = (...names: string[]) => names.some((name) => stems.includes(name));
  const perTurn = has('per-turn-control', 'mid-conversation-output-config');
  const clearing = has('mid-conversation-system-clear-at');

  function messageOf(message: Message): Message[] {
    if (message.role !== 'system') return [message];
    const steered = perTurn ? message : withoutField(message, 'output_config');
    const kept = clearing ? steered : withoutField(steered, 'clear_at');
    // The provider refuses a message with neither content nor settings.
    return kept.content === undefined && !('output_config' in kept) ? [] : [kept];
  }

  const { output_config, thinking } = request;
  const rest = has('context-management') ? request : withoutField(request, 'context_management');
  const binding = thinking && !has('thinking-binding-controls') ? withoutField(thinking, 'block_binding') : thinking;
  const isUpdates = binding?.display === 'updates' && !has('thinking-display-updates');
  const changed = known({
    output_config: output_config && !has('task-budgets') ? withoutField(output_config, 'task_budget') : undefined,
    thinking: binding && isUpdates ? withoutField(binding, 'display') : binding,
  });
  return { ...rest, messages: request.messages.flatMap(messageOf), ...changed };
}
