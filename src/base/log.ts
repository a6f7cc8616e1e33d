/** The process log: one JSON line an event on stderr, for operators; what happens in a session goes to its own log instead. */
import { type Logger, pino } from 'pino';

export type Log = Logger;

/** A logger named after its process; `level` is one of pino's, `silent` for tests. */
export function createLog(name: string, level = 'info'): Log {
  return pino({ name, level, base: { name } }, pino.destination({ fd: 2, sync: true }));
}
