/** Asks a person on this process's terminal, with `@clack/prompts`. */
import * as clack from '@clack/prompts';
import { CommandFailure } from '../failure.ts';
import { safeText } from '../print.ts';
import type { Ask, Choice } from './ask.ts';

/** Longer lists can be searched by typing. */
const listedMax = 12;

/** The answer, or the end of all questions if the person pressed Ctrl-C. */
function given<T>(answer: T | typeof clack.CANCEL_SYMBOL): T {
  if (clack.isCancel(answer)) throw new CommandFailure('Stopped. Nothing was written.');
  return answer as T;
}

/** The choices by their number, which is what the library gets to know of them. */
function numbered<T>(choices: readonly Choice<T>[]) {
  return choices.map(({ label, hint }, value) => ({
    value,
    label: safeText(label),
    ...(hint ? { hint: safeText(hint) } : {}),
  }));
}

/** Starting at 0; undefined if it is not among the choices. */
function placeOf<T>(choices: readonly Choice<T>[], wanted: T | undefined): number | undefined {
  const at = choices.findIndex(({ value }) => value === wanted);
  return at < 0 ? undefined : at;
}

function valueAt<T>(choices: readonly Choice<T>[], at: number): T[] {
  const choice = choices[at];
  return choice ? [choice.value] : [];
}

const tones = {
  plain: clack.log.message,
  good: clack.log.success,
  warning: clack.log.warn,
  bad: clack.log.error,
};

export const terminalAsk: Ask = {
  say: (text, tone = 'plain') => tones[tone](safeText(text)),
  async text({ message, example, initial }) {
    const shown = example ? { placeholder: safeText(example) } : {};
    const typed = initial ? { initialValue: safeText(initial) } : {};
    const answer = given(await clack.text({ message: safeText(message), ...shown, ...typed }));
    return (answer ?? '').trim();
  },
  secret: async (message) => (given(await clack.password({ message: safeText(message) })) ?? '').trim(),
  async choose<T>(message: string, choices: readonly Choice<T>[], initial?: T) {
    const at = placeOf(choices, initial);
    const question = {
      message: safeText(message),
      options: numbered(choices),
      ...(at === undefined ? {} : { initialValue: at }),
    };
    const ask = choices.length > listedMax ? clack.autocomplete<number> : clack.select<number>;
    const [value] = valueAt(choices, given(await ask(question)));
    return value as T;
  },
  async several<T>(message: string, choices: readonly Choice<T>[], initial: readonly T[]) {
    const question = {
      message: safeText(message),
      options: numbered(choices),
      initialValues: initial.flatMap((value) => placeOf(choices, value) ?? []),
      required: false,
    };
    const ask = choices.length > listedMax ? clack.autocompleteMultiselect<number> : clack.multiselect<number>;
    return given(await ask(question)).flatMap((at) => valueAt(choices, at));
  },
  async during(message, work) {
    const spinner = clack.spinner();
    spinner.start(safeText(message));
    try {
      return await work();
    } finally {
      spinner.clear();
    }
  },
};
