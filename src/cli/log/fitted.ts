/** Text from others as lines that fit a width, made safe for a terminal first: escape sequences would take up width too. */
import wrapAnsi from 'wrap-ansi';
import { safeText } from '../print.ts';

const tab = '    ';

/**
 * Lines of at most `columns` cells, of which wide characters take two; words are broken only where they are longer than a line.
 * `setIn` is what stands before every line but the first, and is not part of them.
 */
export function fitted(text: string, columns: number, setIn = ''): string[] {
  const lines = safeText(text).normalize().replaceAll('\t', tab).split('\n');
  return lines.flatMap((line, at) => {
    const isFirst = at === 0;
    if (!isFirst || setIn === '') return wrapped(line, columns - (isFirst ? 0 : setIn.length));
    const [first = '', ...more] = wrapped(line, columns);
    const rest = line.slice(first.length).trimStart();
    return more.length === 0 ? [first] : [first, ...wrapped(rest, columns - setIn.length)];
  });
}

function wrapped(line: string, columns: number): string[] {
  return wrapAnsi(line, columns, { hard: true, trim: false })
    .split('\n')
    .map((each, at) => (at === 0 ? each.trimEnd() : each.trim()));
}
