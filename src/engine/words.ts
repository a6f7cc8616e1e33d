/** The texts that the model gets in a turn: first its prompt, then everything that arrives while it works. */
import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { type Channel, createChannel } from './channel.ts';
import type { EngineWords } from './engine.ts';

const saidByUser = (content: string): SDKUserMessage => ({
  type: 'user',
  message: { role: 'user', content },
  parent_tool_use_id: null,
});

/** Closed when the model is done. Text pushed before that still reaches the model, and its answer to that text is the end. */
export function wordsOf({ prompt, onListening }: EngineWords): Channel<SDKUserMessage> {
  const words = createChannel<SDKUserMessage>();
  words.push(saidByUser(prompt));
  onListening?.((text) => words.push(saidByUser(text)));
  return words;
}
