/**
 * `jvagent status` on one screen of a terminal. What needs a person comes first and in as many words as there is room for; of the
 * rest what fits. What is left out is counted, never silent.
 *
 * headline + needs + a line for each other group + agents -> the room that is left -> entries of the other groups
 */
import { type Entry, headings } from '../../status/overview.ts';
import type { AgentStatus, PlatformStatus } from '../../views/platform-view.ts';
import { fitted } from '../log/fitted.ts';
import { type Piece, timeText, usdText } from '../print.ts';
import { entryText, headline, nodeTexts, oneLine } from './words.ts';

type Line = readonly Piece[];

export interface Screen {
  readonly rows: number;
  readonly columns: number;
}

/** More agents than this are told by number; those that do not just work come first. */
const agentsShown = 6;
/** Narrower and lower than this nothing can be read anyway. */
const [columnsMin, rowsMin] = [30, 12];
const titleMin = 16;
/** The line with their number, and those that a person should look at. */
const nodesShown = 4;
const all = 'jvagent status --all';

const plain = (text: string): Line => [{ text }];
const dim = (text: string): Line => [{ text, paint: 'dim' }];

/** At most this wide, with three dots where something is missing. */
function cut(text: string, columns: number): string {
  const [first = '', ...rest] = fitted(text, columns);
  return rest.length === 0 ? first : `${fitted(text, columns - 2)[0]} …`;
}

/** On one line. The title gives way first, so that the phase and the reason can be read. */
function shortText(entry: Entry, columns: number): string {
  const { title = '', ...untitled } = entry;
  const left = columns - entryText(untitled).length - 1;
  const own = title === '' ? untitled : { ...untitled, title: cut(title, Math.max(titleMin, left)) };
  return cut(entryText(own), columns);
}

const setIn = (lines: readonly string[], by: number) => lines.map((line) => `${' '.repeat(by)}${line}`);

/** The text up to the end of its first sentence. */
function begun(text: string): string {
  const end = text.search(/[.!?] [A-Z]/);
  return end < 0 ? text : `${text.slice(0, end + 1)} …`;
}

/** From all words to as few as a person can still act by. */
const widths: readonly ((entry: Entry, columns: number) => { what: string[]; fix: string[] })[] = [
  (entry, columns) => ({ what: fitted(entryText(entry), columns), fix: fitted(entry.fix ?? '', columns - 2) }),
  (entry, columns) => ({ what: [shortText(entry, columns)], fix: fitted(entry.fix ?? '', columns - 2) }),
  (entry, columns) => ({ what: [shortText(entry, columns)], fix: fitted(begun(entry.fix ?? ''), columns - 2) }),
  (entry, columns) => ({ what: [shortText(entry, columns)], fix: [cut(begun(entry.fix ?? ''), columns - 2)] }),
];

/** What needs a person in at most `room` lines, but at least one of them. A fix that the headline says is not said again. */
function needsLines(
  needs: readonly Entry[],
  room: number,
  { columns, said }: { columns: number; said: string },
): Line[] {
  if (needs.length === 0) return [];
  const head: Line = [{ text: `${headings.needs}: ${needs.length}`, paint: 'yellow' }];
  const blocksOf = (width: (typeof widths)[number]) =>
    needs.map((entry): Line[] => {
      const { what, fix } = width({ ...entry, fix: oneLine(entry.fix ?? '') }, columns - 2);
      const isSaid = entry.fix === null || said.includes(entry.fix);
      return [...setIn(what, 2).map(plain), ...(isSaid ? [] : setIn(fix, 4).map(dim))];
    });
  const sizeOf = (blocks: readonly Line[][]) => blocks.reduce((sum, lines) => sum + lines.length, 1);
  const tried = widths.map(blocksOf);
  const blocks = tried.find((each) => sizeOf(each) <= room) ?? tried.at(-1) ?? [];
  if (sizeOf(blocks) <= room) return [head, ...blocks.flat()];
  let shown = blocks.length - 1;
  while (shown > 1 && sizeOf(blocks.slice(0, shown)) + 1 > room) shown -= 1;
  return [head, ...blocks.slice(0, shown).flat(), plain(`  … ${blocks.length - shown} more need a person: ${all}`)];
}

const clock = (at: number | null) => timeText(at).slice(5, 16);

/** One line an entry, as many as fit below the line with their number. */
function groupLines(
  name: 'waits' | 'running' | 'ended',
  entries: readonly Entry[],
  room: number,
  columns: number,
): Line[] {
  const head = plain(`${headings[name]}: ${entries.length}`);
  const shown = entries.length <= room ? entries.length : room - 1;
  if (shown < 1) return [plain(`${headings[name]}: ${entries.length} (${all})`)];
  const lines = entries.slice(0, shown).map((entry) => {
    const next = entry.nextLookAt === null ? '' : ` (next ${clock(entry.nextLookAt)})`;
    return plain(`  ${shortText(entry, columns - 2 - next.length)}${next}`);
  });
  const left = entries.length - shown;
  return [head, ...lines, ...(left > 0 ? [plain(`  … ${left} more: ${all}`)] : [])];
}

const isWell = ({ state }: AgentStatus) => state === 'ready' || state === 'running';

function agentLines(agents: readonly AgentStatus[], columns: number): Line[] {
  const sorted = [...agents.filter((agent) => !isWell(agent)), ...agents.filter(isWell)];
  const shown = sorted.slice(0, agentsShown);
  const rows = shown.map(({ id, state, running, waiting, usdToday, nextLookAt }) => [
    cut(id, Math.max(10, columns - 46)),
    ...[state, String(running), String(waiting), usdText(usdToday), clock(nextLookAt)],
  ]);
  const cells = [['AGENT', 'STATE', 'RUNNING', 'WAITING', 'TODAY', 'NEXT LOOK'], ...rows];
  const widest = (column: number) => Math.max(...cells.map((row) => row[column]?.length ?? 0));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widest(column)))
      .join('  ')
      .trimEnd(),
  );
  const more = agents.length - shown.length;
  const warned = agents.filter(({ warnings = [] }) => warnings.length > 0).length;
  return [
    ...lines.map(plain),
    ...(more > 0 ? [plain(`… ${more} more agents: ${all}`)] : []),
    ...(warned > 0
      ? [plain(cut(`Warning: ${warned} of ${agents.length} agents give secrets past the gate: ${all}`, columns))]
      : []),
  ];
}

/** At most `rows` lines with one left for what is typed next, unless the screen is too low for one of each. */
export function statusScreen(status: PlatformStatus, screen: Screen): Line[] {
  const columns = Math.max(columnsMin, screen.columns);
  const said = headline(status);
  const nodes = nodeTexts(status, false).map((line) => cut(line, columns));
  const top = [...fitted(said, columns), ...nodes.slice(0, nodesShown)].map(plain);
  const agents = agentLines(status.agents, columns);
  const names = (['waits', 'running', 'ended'] as const).filter((name) => status[name].length > 0);
  const fixed = top.length + agents.length + 1;
  let room = Math.max(rowsMin, screen.rows) - fixed;
  const needs = needsLines(status.needs, room - names.length, { columns, said });
  room -= needs.length + names.length;
  const groups = names.flatMap((name) => {
    const lines = groupLines(name, status[name], Math.max(0, room), columns);
    room -= lines.length - 1;
    return lines;
  });
  return [...top, ...needs, ...groups, ...agents];
}
