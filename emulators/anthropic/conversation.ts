/** Reads a Messages request: its system text, its last prompt, and how many replies that prompt already has. */
import { z } from 'zod';

const block = z.looseObject({ type: z.string(), text: z.string().optional(), content: z.unknown().optional() });
const content = z.union([z.string(), z.array(block)]);

/** The part of a request that the scripted model reads; everything else is accepted unchanged. */
export const requestSchema = z.looseObject({
  model: z.string(),
  max_tokens: z.number().optional(),
  stream: z.boolean().optional(),
  system: content.optional(),
  messages: z
    .array(z.looseObject({ role: z.enum(['user', 'assistant', 'system']), content: content.optional() }))
    .min(1),
  tools: z.array(z.looseObject({ name: z.string() })).optional(),
});

export type MessagesRequest = z.output<typeof requestSchema>;
type Content = z.output<typeof content>;

export interface Conversation {
  system: string;
  /** The text of the last user message that is not a tool result. */
  prompt: string;
  /** Assistant messages after that prompt. */
  repliesGiven: number;
  /** The text of the last tool result after that prompt, or an empty text. */
  toolResult: string;
  tools: readonly string[];
}

const textOf = (value: unknown): string => {
  const parsed = content.safeParse(value);
  if (!parsed.success) return '';
  if (typeof parsed.data === 'string') return parsed.data;
  return parsed.data.flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : [])).join('\n');
};

const blocksOf = (value: Content | undefined) => (typeof value === 'string' ? [] : (value ?? []));

/** Removes reminders that a client adds to a prompt or a tool result: they are not the user's text. */
const withoutReminders = (text: string) => text.replace(/<system-reminder>[\s\S]*?<\/system-reminder>/g, '').trim();

const isPrompt = (message: MessagesRequest['messages'][number]) =>
  message.role === 'user' &&
  !blocksOf(message.content).some((part) => part.type === 'tool_result') &&
  withoutReminders(textOf(message.content)) !== '';

export function readConversation(request: MessagesRequest): Conversation {
  const { messages } = request;
  const promptAt = messages.findLastIndex(isPrompt);
  const after = messages.slice(promptAt + 1);
  const results = after.flatMap((message) => blocksOf(message.content).filter((part) => part.type === 'tool_result'));
  return {
    system: textOf(request.system),
    prompt: withoutReminders(textOf(messages[promptAt]?.content)),
    repliesGiven: after.filter((message) => message.role === 'assistant').length,
    toolResult: textOf(results.at(-1)?.content),
    tools: (request.tools ?? []).map((tool) => tool.name),
  };
}
