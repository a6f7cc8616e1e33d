/** The process log for operators: one JSON line per event on stderr. Events of a session go to the session's log instead. */
import { type Logger, pino } from 'pino';

export type Log = Logger;

/** A logger with the name of its process; `level` is one of pino's, `silent` for tests. */
export function createLog(name: string, level = 'info'): Log {
  return pino({ name, level, base: { name } }, pino.destination({ fd: 2, sync: true }));
}
