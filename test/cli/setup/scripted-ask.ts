/** A person whose answers are known beforehand, in the order of the questions. */
import type { Ask, Choice } from '../../../src/cli/setup/ask.ts';

/** The beginning of a question, and its answer: a text, the label of a choice, or the labels of several. */
export type Scripted = readonly [question: string, answer: string | readonly string[]];

export interface ScriptedAsk extends Ask {
  /** Everything that was said, and each question. */
  readonly heard: string[];
}

/** Fails at a question that does not begin as the next entry says. An entry that is an Error is thrown, as Ctrl-C would. */
export function scriptedAsk(script: readonly (Scripted | Error)[]): ScriptedAsk {
  const heard: string[] = [];
  const rest = [...script];
  function answerTo(message: string): string | readonly string[] {
    heard.push(message);
    const next = rest.shift();
    if (next instanceof Error) throw next;
    if (!next || !message.startsWith(next[0])) throw new Error(`asked "${message}", expected "${next?.[0]}"`);
    return next[1];
  }
  function chosen<T>(choices: readonly Choice<T>[], label: string): T {
    const choice = choices.find((each) => each.label === label);
    if (!choice) throw new Error(`"${label}" is not among ${choices.map((each) => each.label).join(', ')}`);
    return choice.value;
  }
  return {
    heard,
    say: (text) => void heard.push(text),
    text: async ({ message, initial = '' }) => {
      const answer = String(answerTo(message));
      return answer === '(as typed)' ? initial : answer;
    },
    secret: async (message) => String(answerTo(message)),
    choose: async <T>(message: string, choices: readonly Choice<T>[], initial?: T) => {
      const answer = String(answerTo(message));
      return answer === '(as typed)' ? (initial as T) : chosen(choices, answer);
    },
    several: async (message, choices, initial) => {
      const answer = answerTo(message);
      return Array.isArray(answer) ? answer.map((label) => chosen(choices, label)) : [...initial];
    },
    during: (_, work) => work(),
  };
}
