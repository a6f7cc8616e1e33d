/** What is said to the model in a turn: its prompt first, and then whatever comes while it works. */
import type { SDKUserMessage } from '@anthropic-ai/claude-agent-sdk';
import { type Channel, createChannel } from './channel.ts';
import type { EngineRun } from './engine.ts';

const saidByUser = (content: string): SDKUserMessage => ({
  type: 'user',
  message: { role: 'user', content },
  parent_tool_use_id: null,
});

/** Closed once the model is done: what was pushed before still goes to it, and its answer to that is the end then. */
export function wordsOf({ prompt, onListening }: Pick<EngineRun, 'prompt' | 'onListening'>): Channel<SDKUserMessage> {
  const words = createChannel<SDKUserMessage>();
  words.push(saidByUser(prompt));
  onListening?.((text) => words.push(saidByUser(text)));
  return words;
}
