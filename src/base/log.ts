/** The process log for operators: one JSON line per event on stderr. Events of a session go to the session's log instead. */
import { type DestinationStream, type Logger, pino } from 'pino';

export type Log = Logger;

/** A logger with the name of its process; `level` is one of pino's, `silent` for tests. Lines go to `to`, or to stderr without it. */
export function createLog(name: string, level = 'info', to?: DestinationStream): Log {
  return pino({ name, level, base: { name } }, to ?? pino.destination({ fd: 2, sync: true }));
}
