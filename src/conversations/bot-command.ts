/** Words to the bot that are a command and no question to an agent: `status`, `why 12`, `help`. */

export type BotCommand =
  | { readonly name: 'status' | 'help' }
  | { readonly name: 'why' | 'start' | 'stop' | 'retry'; readonly workItemId: number };

/** Only words that are nothing else: "why 12 people wait" is a question. */
export function readCommand(words: string): BotCommand | undefined {
  const [, alone] = /^(status|help)\s*[.!?]?$/i.exec(words.trim()) ?? [];
  if (alone) return { name: alone.toLowerCase() as 'status' | 'help' };
  const [, name, digits] = /^(why|start|stop|retry)\s+#?([1-9][0-9]{0,8})\s*[.!?]?$/i.exec(words.trim()) ?? [];
  if (!name) return undefined;
  return { name: name.toLowerCase() as 'why' | 'start' | 'stop' | 'retry', workItemId: Number(digits) };
}
