/** What the scripted model answers to a second look: it warns of a sentence that begins like a planted order, and else of nothing. */
import type { Script } from '../anthropic/script.ts';

const order = '(?<quote>[Ii]gnore (?:all|any|your|the) [^\\n"\\\\]{4,100})';

export const lookScenes: Script['scenes'] = [
  {
    when: { prompt: `phase=second-look.*?${order}` },
    otherwise: [{ text: '[{"kind": "instruction", "quote": "{{quote}}"}]' }],
  },
  { when: { prompt: 'phase=second-look' }, otherwise: [{ text: '[]' }] },
];
