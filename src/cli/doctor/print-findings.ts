/**
 * Prints findings for people: the machine first, then each agent with its own.
 *
 * Every finding begins with its mark. What was found is wrapped to the width of the terminal and set in below the mark, then the
 * place in a file and the fix, if there are any.
 */
import type { Finding } from '../../status/finding.ts';
import { fitted } from '../log/fitted.ts';
import type { Piece, Print } from '../print.ts';

const marks: Readonly<Record<Finding['status'], { text: string; paint: Piece['paint'] }>> = {
  ok: { text: 'ok', paint: 'green' },
  warn: { text: 'WARN', paint: 'yellow' },
  fail: { text: 'FAIL', paint: 'red' },
};

const markColumns = 8;
const setIn = ' '.repeat(markColumns);
/** Narrower than this nothing can be read anyway. */
const columnsMin = 24;

/** `codechange/acme board-token` is the check `board-token` of an agent; an id of one word is about the machine. */
function partsOf(id: string): { group: string; check: string } {
  const at = id.lastIndexOf(' ');
  return at < 0 ? { group: 'This machine', check: id } : { group: id.slice(0, at), check: id.slice(at + 1) };
}

/** Where to look, unless the text begins with it. */
function placeOf({ file, line, what }: Finding): string[] {
  if (file === undefined || what.startsWith(file)) return [];
  return [line === undefined ? file : `${file}:${line}`];
}

function printFinding(print: Print, finding: Finding): void {
  const { id, status, what, fix, code } = finding;
  const columns = Math.max(columnsMin, print.columns()) - markColumns;
  const { text, paint } = marks[status];
  const found = `${partsOf(id).check}: ${code ? `${code}: ` : ''}${what}`;
  const [first = '', ...rest] = [
    ...fitted(found, columns),
    ...placeOf(finding).flatMap((place) => fitted(place, columns)),
    ...(fix === '' ? [] : fitted(`Fix: ${fix}`, columns)),
  ];
  print.pieces({ text: `  ${text}`.padEnd(markColumns), paint }, { text: first });
  for (const line of rest) print.line(`${setIn}${line}`);
}

/** The findings of each group keep their order, and the groups that of their first findings. */
export function printFindings(print: Print, findings: readonly Finding[]): void {
  const groups = Map.groupBy(findings, ({ id }) => partsOf(id).group);
  for (const [group, own] of groups) {
    print.line(group);
    for (const finding of own) printFinding(print, finding);
  }
}
