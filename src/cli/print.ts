/**
 * What commands print: lines and tables, or one JSON document, never what could steer a terminal.
 *
 * Titles, logs and faults hold text of strangers, so everything is made safe here, whoever wrote it.
 */
import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'string-width';
import { createProgress } from './progress.ts';
import type { Ask } from './setup/ask.ts';

/** Where it goes: the process's own streams, or a test's list. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
  /** Present where a person reads the output on a terminal. */
  terminal?: Terminal;
  /** Where the person asked for colours although nobody reads the output on a terminal. */
  forcesColours?: boolean;
  /** No progress is shown: the output is for a program. */
  isQuiet?: boolean;
  /** Present where a person can also answer there; loaded when something is asked. */
  ask?: () => Promise<Ask>;
}

export interface Terminal {
  /** How many characters a line has; asked each time, since people resize their windows. */
  columns(): number;
  /** How many lines it has. */
  rows(): number;
  hasColours: boolean;
  /** Whether what goes to stderr is seen there too. */
  showsErrors: boolean;
}

/** A part of a line, painted where there are colours. */
export interface Piece {
  readonly text: string;
  readonly paint?: 'dim' | 'red' | 'yellow' | 'green' | undefined;
}

export interface Print {
  line(text: string): void;
  /** One line of several parts. */
  pieces(...pieces: readonly Piece[]): void;
  /** The width that long texts are wrapped to, also where they go into a file or a pipe. */
  columns(): number;
  rows(): number;
  /** Whether a person reads the output, or the errors too, on a terminal. */
  readonly isTerminal: boolean;
  readonly showsErrors: boolean;
  /** Columns as wide as their widest cell is on a terminal; every cell on one line. */
  table(headings: readonly string[], rows: readonly (readonly string[])[]): void;
  /** One document, and then nothing else. */
  json(value: unknown): void;
  /** A line that is JSON already. */
  jsonLine(text: string): void;
  /** For the person, not for what reads our output. */
  note(text: string): void;
  /** Says on a terminal what is being done, once it takes longer than a moment. */
  during<T>(what: string, work: () => Promise<T>): Promise<T>;
  /** What that is doing now; nothing outside of it. */
  doing(what: string): void;
}

/** All control characters but tab and newline, and those that reorder or hide text. */
const unsafe = /(?![\t\n])[\p{Cc}\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

const columnsDefault = 80;
const rowsDefault = 24;

/** The text without escape sequences and without characters that a terminal acts upon. */
export function safeText(text: string): string {
  return stripVTControlCharacters(text).replace(unsafe, '');
}

/** JSON text with those characters escaped, so that it says the same and steers nothing. */
function safeJson(json: string): string {
  return json.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Letters of scripts that are written from right to left. */
const rightToLeft =
  /[\p{Script=Adlam}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Nko}\p{Script=Syriac}\p{Script=Thaana}]/u;

/** On one line, and where it runs from right to left in an isolate of its own, so that a terminal keeps the columns in order. */
function cellOf(text: string): string {
  const cell = safeText(text).replace(/\s+/g, ' ').trim();
  return rightToLeft.test(cell) ? `\u2068${cell}\u2069` : cell;
}

export function createPrint({ terminal, forcesColours = false, isQuiet = false, ...streams }: Streams): Print {
  const columns = () => terminal?.columns() || columnsDefault;
  const progress = createProgress({ write: terminal?.showsErrors && !isQuiet ? streams.err : undefined, columns });
  const out = (text: string) => progress.aside(() => streams.out(text));
  const err = (text: string) => progress.aside(() => streams.err(text));
  const hasColours = terminal?.hasColours ?? forcesColours;
  const painted = ({ text, paint }: Piece) =>
    paint && hasColours ? styleText(paint, safeText(text), { validateStream: false }) : safeText(text);
  return {
    isTerminal: terminal !== undefined,
    showsErrors: terminal?.showsErrors ?? false,
    columns,
    rows: () => terminal?.rows() || rowsDefault,
    during: (what, work) => progress.during(cellOf(what), work),
    doing: (what) => progress.doing(cellOf(what)),
    pieces: (...pieces) => out(`${pieces.map(painted).join('').replaceAll('\n', ' ')}\n`),
    line: (text) => out(`${safeText(text)}\n`),
    table(headings, rows) {
      const cells = [headings, ...rows].map((row) => row.map(cellOf));
      const widths = headings.map((_, column) => Math.max(...cells.map((row) => stringWidth(row[column] ?? ''))));
      const padded = (cell: string, column: number) =>
        cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(cell)));
      for (const row of cells) out(`${row.map(padded).join('  ').trimEnd()}\n`);
    },
    json: (value) => out(`${safeJson(JSON.stringify(value, null, 2))}\n`),
    jsonLine: (text) => out(`${safeJson(text.trimEnd())}\n`),
    note: (text) => err(`${safeText(text)}\n`),
  };
}

/** `2026-11-20 12:00:05` in UTC; a dash for a time that never was. */
export function timeText(at: number | null | undefined): string {
  return typeof at === 'number' ? new Date(at).toISOString().slice(0, 19).replace('T', ' ') : '-';
}

/** `$0.0312`: the money of single turns is small. */
export function usdText(usd: number): string {
  return `$${usd.toFixed(usd < 1 ? 4 : 2)}`;
}
