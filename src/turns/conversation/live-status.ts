/** What a turn does while people wait, in a few words of ours: nothing of what it reads or thinks is shown. */
import { trackers } from '../../agents/config/devops.ts';
import type { EngineEvent } from '../../engine/engine.ts';
import { limits } from '../../limits.ts';
import { toolName } from '../../tools/call-words.ts';

const words: Readonly<Record<string, string>> = {
  Read: 'I read files.',
  Glob: 'I look for files.',
  Grep: 'I search in files.',
  Bash: 'I run a command.',
  Write: 'I write a file.',
  ...Object.fromEntries(Object.values(trackers).map(({ tool }) => [tool, 'I look at the board.'])),
  'instance-api': 'I ask the instance.',
  'instance-deploy': 'I ask the instance.',
  'slack-thread': 'I read this thread.',
  'grep-logs': 'I search in my logs.',
  'send-message': 'I ask another agent.',
};

/** Tools after which the thread says it itself. */
const ends: ReadonlySet<string> = new Set(['reply', 'no-reply', 'ask', 'react', 'upload']);

export interface LiveStatus {
  heard(event: EngineEvent): void;
}

/** `show` is called for a turn that takes longer, once for each new thing that it does. Times are milliseconds since 1970. */
export function createLiveStatus(now: () => number, show: (text: string) => void): LiveStatus {
  const beganAt = now();
  let shown: string | undefined;
  return {
    heard(event) {
      if (event.kind !== 'tool-call') return;
      const tool = toolName(event.tool);
      if (ends.has(tool) || now() - beganAt < limits.quietTurnSeconds * 1_000) return;
      const text = words[tool] ?? 'I use a tool.';
      if (text === shown) return;
      shown = text;
      show(text);
    },
  };
}
