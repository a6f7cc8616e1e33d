/** What `start` says to a person on a terminal while it runs: one entry for each thing that happens, none of them JSON. */
import type { LogEntry } from '../../store/session-log.ts';
import { type Words, wordsOf } from '../../views/log/entry-words.ts';
import { valueIn } from '../../views/log/value-text.ts';
import type { Print } from '../print.ts';
import { writeEntry } from './write-entry.ts';

/** Entries of a session's log that are news to somebody who watches all agents; what the model says and calls is not. */
const news: ReadonlySet<string> = new Set(
  'phase effect refused decision waits broke bug warning question proposal reply no-reply ask.failed'.split(' '),
);

/** Effects that only repeat on the board what was said already. */
const minor = /^\S+ (tell|show|link|comment) /;

/** A word for each pino level that needs one; the rest is not said. */
const warningLevel = 40;
const errorLevel = 50;

interface LogLine {
  level: number;
  time: number;
  msg: string;
  [field: string]: unknown;
}

function parseLine(line: string): LogLine | undefined {
  const parsed = valueIn(line);
  const isLine = typeof parsed === 'object' && parsed !== null && 'msg' in parsed && 'level' in parsed;
  return isLine ? (parsed as LogLine) : undefined;
}

const textIn = (value: unknown) => (typeof value === 'string' ? value : '');

function lineWords({ level, name, msg, why, code }: LogLine): Words | undefined {
  if (level < warningLevel) return undefined;
  const what = [msg, [textIn(code), textIn(why)].filter(Boolean).join(': ')].filter(Boolean).join(': ');
  const who = name === 'worker' ? 'worker' : 'platform';
  return { who, what: `${level >= errorLevel ? 'error' : 'warning'}: ${what}`, tone: 'bad' };
}

export interface LiveLines {
  /** From now on warnings are shown; those before it are about agents' files, which are told when all is up. */
  begin(): void;
  /** What was written to a session's log. */
  entries(session: { agentId: string; sessionId: string }, entries: readonly LogEntry[]): void;
  /** A line of the process log, of this process or of a worker; anything else that was printed there as it is. */
  logLine(line: string): void;
}

export function createLiveLines(print: Print, now: () => number): LiveLines {
  let hasBegun = false;
  const write = (words: Words, at: number, where: string) => writeEntry(print, words, { at, where, isFull: false });
  return {
    begin() {
      hasBegun = true;
    },
    entries({ agentId, sessionId }, entries) {
      for (const entry of entries) {
        if (!news.has(entry.kind) || (entry.kind === 'effect' && minor.test(entry.text ?? ''))) continue;
        const words = wordsOf(entry);
        if (words) write(words, entry.at, `${agentId} ${sessionId}`);
      }
    },
    logLine(line) {
      const parsed = parseLine(line);
      if (!parsed) return line.trim() === '' ? undefined : write({ who: 'platform', what: line }, now(), '');
      const words = hasBegun || parsed.level >= errorLevel ? lineWords(parsed) : undefined;
      const where = [textIn(parsed.agentId), textIn(parsed.sessionId)].filter(Boolean).join(' ');
      if (words) write(words, parsed.time, where);
    },
  };
}
