/** A line of a session's log as people read it. */
import type { LogEntry } from '../store/session-log.ts';
import { timeText } from './print.ts';

const valueCharsMax = 400;

function valueText(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > valueCharsMax ? `${text.slice(0, valueCharsMax)} ...` : text;
}

/** `2026-11-20 12:00:05  tool-call  Read {"file_path":"index.js"}`; `where` stands before the kind. */
export function entryText({ at, kind, text, tool, input, result }: LogEntry, where = ''): string {
  const values = [input, result].filter((value) => value !== undefined).map(valueText);
  const words = [tool, text, ...values].filter((part) => part !== undefined).join(' ');
  return [timeText(at), where, kind.padEnd(11), words].filter((part) => part !== '').join('  ');
}
