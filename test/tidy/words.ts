/** The worst words of earlier texts: nobody says them, so no text of the project may use them again. */
import type { Text } from './texts.ts';

const foreign = [
  /\bmend(s|ed|ing)?\b/i,
  /\banew\b/i,
  /\boddly\b/i,
  /\bunder way\b/i,
  /\bstands? on\b/i,
  /\b(comes|came) of\b/i,
  /\b(has|have|had) not the\b/i,
  /\bsince (\d+|N|\$\{[^}]+\}) (minutes|hours|days)\b/i,
];

/** Texts that cannot change: rows and renderings of version 0.1.0 with their migrations, code of others, and this list. */
const frozen =
  /^(test\/store\/upgrade\/|src\/store\/database\/fix-field\.ts$|emulators\/demo-repository\/jsonpointer\/|package-lock\.json$|test\/tidy\/words\.ts$)/;

/** One `path:line: text` for each line with such a word. */
export function foreignLines(texts: readonly Text[]): string[] {
  return texts
    .filter(({ path }) => !frozen.test(path))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, n) => ({ line, place: `${path}:${n + 1}` }))
        .filter(({ line }) => foreign.some((word) => word.test(line)))
        .map(({ line, place }) => `${place}: ${line.trim()}`),
    );
}
